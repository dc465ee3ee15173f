"""Every address of the application, tried by somebody whom it does not concern."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

import pytest
from django.apps import apps
from django.db.models import Model, QuerySet
from django.test import Client
from django.urls import URLResolver, get_resolver, reverse
from django.urls.converters import IntConverter

from ekbom.protocol.files import built_in
from ekbom.trial.additions import add_answers
from ekbom.web.dates import NightConverter
from ekbom.web.devices.known import know_device, me
from ekbom.web.models import Device, Draft, Person, TrialRow
from ekbom.web.store import change, close, register
from web.sites import ClinicBrowser, become, over_https

pytestmark = pytest.mark.django_db

FIRST = date(2026, 3, 1)
METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")
ANAS = ("anas-laptop", "anas-medicine", "anas-account")
"""What stands in Ana's rows and must not be read by anybody else."""

SENT = {
    "key": "sent",
    "urge": "9",
    "taken": "all",
    "capsules": "1",
    "word": "delete",
    "name": "phone",
    "note": "hello",
    "signs": "chest_pain",
    "confirm": "on",
    "sure": "on",
}
"""Enough of every form for one that did not ask who sends it to act on it."""

REFUSED = {403, 404, 405}
OPEN = {
    "signs": {200},
    "about": {200},
    "offline": {200},
    "service_worker": {200},
    "manifest": {200},
    # The instruction is shown to whoever needs it; nothing of it is kept.
    "signs_report": {200, 302, 422},
    "break_glass": {200},
    # Whoever deleted everything is a stranger from then on, and hears what could not be reached.
    "deleted": {200},
    # Only a cookie of the stranger's own.
    "language": {302},
}
OPEN_AT_HOME = {"trust": {200}, "trust_file": {200}, "pair_here": {200, 403, 422, 429}}
OPEN_IN_A_CLINIC = {
    "account_login": {200},
    "mfa_login_webauthn": {200, 302},
    "mfa_authenticate": {302},
    "invite": {404, 429},
    "reminders_feed": {404, 429},
}


UNUSED = ("account_confirm_email", "account_reset_password_from_key")
"""Addresses with secrets in patterns of their own; test_accounts has them."""

Kinds = dict[str, object]


@dataclass(frozen=True)
class Address:
    name: str
    path: str
    owned: bool
    """Whether it names something of Ana's."""


def addresses(anas: dict[str, object]) -> Iterator[Address]:
    """Yield every address, with Ana's own ids where it has any."""
    for name, kinds in walk(get_resolver()):
        given = {key: anas.get(key, value_for(kind)) for key, kind in kinds.items()}
        yield Address(name, reverse(name, kwargs=given), bool(anas.keys() & kinds.keys()))


def walk(
    resolver: URLResolver, space: str = "", above: Kinds | None = None
) -> Iterator[tuple[str, Kinds]]:
    """Yield the name of each address and what its parts are."""
    for pattern in resolver.url_patterns:
        kinds = {**(above or {}), **pattern.pattern.converters}
        if isinstance(pattern, URLResolver):
            inner = f"{pattern.namespace}:" if pattern.namespace else ""
            yield from walk(pattern, space + inner, kinds)
        elif pattern.name not in UNUSED:
            yield space + pattern.name, kinds


def value_for(kind: object) -> object:
    if isinstance(kind, IntConverter):
        return 1
    return FIRST if isinstance(kind, NightConverter) else "morning"


def rows() -> dict[str, list[tuple[object, ...]]]:
    """Return every row of every table."""
    return {m.__name__: rows_of(m.objects.all()) for m in apps.get_models()}


def anas_rows(ana: Person) -> dict[str, list[tuple[object, ...]]]:
    """Return every row that is Ana's."""
    found = {}
    for model in apps.get_models():
        names = {field.name for field in model._meta.get_fields()}
        if model is Person:
            found["Person"] = rows_of(model.objects.filter(pk=ana.pk))
        elif "owner" in names:
            found[model.__name__] = rows_of(model.objects.filter(owner=ana))
        elif "trial" in names:
            found[model.__name__] = rows_of(model.objects.filter(trial__owner=ana))
    return found


def rows_of(found: QuerySet[Model]) -> list[tuple[object, ...]]:
    return sorted(found.values_list(), key=str)


def anas_life(ana: Person, clock) -> dict[str, object]:
    """Give Ana an earlier trial, one that she is in, a diary, medicines and a device."""
    plan = {"protocol": built_in("magnesium-rls-fast"), "start": FIRST, "zone": "Europe/Berlin"}
    earlier = register(ana, now=clock(), **plan)
    close(earlier, now=clock())
    row = register(ana, now=clock(), **plan)
    now = clock.on(hours=11)
    change(row, lambda t: add_answers(t, night=FIRST, answers={"urge": 4}, now=now), now=now)
    Draft.objects.update_or_create(owner=ana, defaults={"said": {"medicines": ["anas-medicine"]}})
    device, _ = know_device(owner=ana, name="anas-laptop", now=clock())
    return {"trial": earlier.pk, "device": device.pk}


def is_login(response) -> bool:
    return response.status_code == 302 and response.url.startswith("/account/login/?next=")


def tries(browser: Client, address: Address, **place) -> Iterator[tuple[str, object]]:
    for method in METHODS:
        data = SENT if method == "POST" else {}
        if address.name.startswith("api:") and method == "POST":
            place = {**place, "content_type": "application/json"}
        send = getattr(browser, method.lower())
        yield method, send(address.path, data, **place)


@pytest.mark.parametrize("kind", ["machine", "home", "clinic"])
def test_a_stranger_is_refused_everywhere_and_leaves_no_trace(settings, clock, kind) -> None:
    become(settings, kind)
    ana = Person.objects.create(username="anas-account") if kind == "clinic" else me()
    anas = anas_life(ana, clock)
    extra = {"machine": {}, "home": OPEN_AT_HOME, "clinic": OPEN_IN_A_CLINIC}[kind]
    allowed, place = OPEN | extra, {} if kind == "machine" else over_https(kind)
    before, wrong, tried = rows(), [], 0
    for address in addresses(anas):
        browser = Client(raise_request_exception=False)
        for method, response in tries(browser, address, **place):
            tried += 1
            fits = response.status_code in REFUSED | allowed.get(address.name, set())
            if not fits and not (kind == "clinic" and is_login(response)):
                wrong.append((method, address.path, response.status_code))
            if any(mark.encode() in response.content for mark in ANAS):
                wrong.append((method, address.path, "shows something of Ana's"))
        if rows() != before:
            wrong.append((address.path, "changed rows"))
            before = rows()
    assert wrong == [], wrong
    assert tried > 500


def test_another_participant_neither_sees_nor_changes_anything_of_anas(settings, clock) -> None:
    become(settings, "clinic")
    ana = Person.objects.create(username="anas-account")
    anas = anas_life(ana, clock)
    sent_ids = {**SENT, "trial": str(anas["trial"]), "what": str(anas["trial"])}
    before, wrong = anas_rows(ana), []
    for address in addresses(anas):
        ben, _ = Person.objects.get_or_create(username="ben")
        if not TrialRow.objects.filter(owner=ben, closed=None).exists():
            bens = built_in("magnesium-rls-fast")
            register(ben, protocol=bens, start=FIRST, zone="Europe/Berlin", now=clock())
        browser = ClinicBrowser(raise_request_exception=False)
        browser.force_login(ben)
        for method in METHODS:
            kind = {"content_type": "application/json"} if address.name.startswith("api:") else {}
            data = sent_ids if method == "POST" else {}
            response = getattr(browser, method.lower())(address.path, data, **kind)
            if address.owned and response.status_code not in REFUSED:
                wrong.append((method, address.path, response.status_code))
            if response.status_code >= 500:
                wrong.append((method, address.path, response.status_code))
            if any(mark.encode() in content_of(response) for mark in ANAS):
                wrong.append((method, address.path, "shows something of Ana's"))
        if anas_rows(ana) != before:
            wrong.append((address.path, "changed something of Ana's"))
            before = anas_rows(ana)
    assert wrong == [], wrong


def content_of(response) -> bytes:
    return b"".join(response.streaming_content) if response.streaming else response.content


def test_an_id_of_anothers_and_one_that_is_none_are_answered_alike(settings, clock) -> None:
    become(settings, "clinic")
    ana = Person.objects.create(username="anas-account")
    anas = anas_life(ana, clock)
    ben = ClinicBrowser()
    ben.force_login(Person.objects.create(username="ben"))
    for name, key, method in (
        ("earlier_trial", "trial", "get"),
        ("earlier_export", "trial", "get"),
        ("earlier_verdict", "trial", "get"),
        ("device_remove", "device", "post"),
    ):
        ids = (str(anas[key]), "00000000-0000-4000-8000-000000000000")
        answers = [getattr(ben, method)(reverse(name, args=[one])) for one in ids]
        pages = {
            (a.status_code, a.content.replace(i.encode(), b""))
            for a, i in zip(answers, ids, strict=True)
        }
        assert len(pages) == 1
        assert answers[0].status_code == 404
    assert Device.objects.filter(removed=None).count() == 1
