"""The interface for devices keeps to its own schema, whatever is sent, by whomever."""

from __future__ import annotations

import functools
from collections.abc import Iterator
from datetime import date

import pytest
import schemathesis
from django.core.cache import cache
from django.core.signals import request_finished, request_started
from django.core.wsgi import get_wsgi_application
from django.db import close_old_connections
from django.test import Client
from hypothesis import HealthCheck, Phase, settings
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from ekbom.protocol.files import built_in
from ekbom.web.api.account import account_of
from ekbom.web.api.api import api
from ekbom.web.devices.known import COOKIE, know_device, me
from ekbom.web.models import DoseRow, EntryRow, EventRow, Submission
from ekbom.web.store import register

pytestmark = pytest.mark.slow

CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
]
TABLES = (EntryRow, DoseRow, EventRow, Submission)
EXAMPLES = settings(
    max_examples=25,
    deadline=None,
    derandomize=True,
    database=None,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=list(HealthCheck),
)

schema = schemathesis.openapi.from_dict(api.get_openapi_schema(path_prefix="/api/"))


def application(environ, start_response):
    """Answer in this process; made at the first call, when the static files are there.

    The test's own transaction stays open between requests, as Django's own client keeps it.
    """
    for signal in (request_started, request_finished):
        signal.disconnect(close_old_connections)
    return built()(environ, start_response)


built = functools.cache(get_wsgi_application)
schema.app = application
schema.location = "/"
schema.config.phases.coverage.unexpected_methods = set()


@pytest.fixture(autouse=True)
def reconnected() -> Iterator[None]:
    yield
    for signal in (request_started, request_finished):
        signal.connect(close_old_connections)


@pytest.fixture
def phone(db, clock) -> dict[str, dict[str, str]]:
    """A phone that is known, with Ana's trial, and the token that it writes with."""
    start = date(2026, 3, 1)
    protocol = built_in("magnesium-rls-fast")
    row = register(me(), protocol=protocol, start=start, zone="Europe/Berlin", now=clock())
    clock.on(days=20)
    _, secret = know_device(owner=me(), name="Ana's phone", now=clock())
    client = Client(enforce_csrf_checks=True)
    client.cookies[COOKIE] = secret
    token = client.get("/api/token").json()["token"]
    cookies = {COOKIE: secret, "ekbom_csrf": client.cookies["ekbom_csrf"].value}
    return {
        "call": {"cookies": cookies, "headers": {"X-CSRFToken": token}},
        "own": {"account": account_of(me()), "trial": str(row.pk)},
    }


def counts() -> list[int]:
    return [table.objects.count() for table in TABLES]


@schema.parametrize()
@EXAMPLES
def test_a_known_phone_is_always_answered_as_the_schema_says(case, phone) -> None:
    cache.clear()
    answer = case.call(**phone["call"])
    case.validate_response(answer, checks=CHECKS)
    assert answer.status_code != 403


@schema.include(path="/api/outbox").parametrize()
@EXAMPLES
def test_whatever_a_phone_keeps_of_its_own_trial_is_answered_item_by_item(case, phone) -> None:
    cache.clear()
    items = case.body.get("items") if isinstance(case.body, dict) else None
    for item in items if isinstance(items, list) else []:
        if isinstance(item, dict):
            item.update(phone["own"])
    answer = case.call(**phone["call"])
    case.validate_response(answer, checks=CHECKS)
    if answer.status_code == 200:
        assert [r["id"] for r in answer.json()["results"]] == [i["id"] for i in items]


@schema.parametrize()
@EXAMPLES
def test_a_stranger_is_always_refused_and_leaves_no_trace(case, phone) -> None:
    cache.clear()
    before = counts()
    cookies = {**phone["call"]["cookies"], COOKIE: "not-a-secret-of-this-house"}
    answer = case.call(cookies=cookies, headers=phone["call"]["headers"])
    case.validate_response(answer, checks=CHECKS)
    assert answer.status_code == 403
    assert counts() == before
