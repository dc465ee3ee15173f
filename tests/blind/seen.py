"""Everything that Ana, or anybody beside her, can see of a trial at one moment, byte by byte."""

from __future__ import annotations

import copy
import io
import itertools
import logging
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from datetime import date
from typing import Any

from django.apps import apps
from django.db import connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import get_resolver, reverse
from django.urls.converters import IntConverter, UUIDConverter

from blind.chance import Chance
from blind.lives import Life
from ekbom.web.dates import NightConverter
from ekbom.web.devices.known import COOKIE
from ekbom.web.models import Device
from ekbom.web.serving.logs import Plain
from ekbom.web.store import current_row, files_of
from web.lives import DAY
from web.test_strangers import SENT, walk

Seen = dict[str, bytes]
"""What was seen, by the name of the place where it was; the order of the places counts too."""

OUTSIDE = ("backup", "delete")
"""Beginnings of the names whose forms reach beyond the database; they are looked at, not sent."""

FEW = ("tonight", "progress", "export", "api:plan", "ratings", "trial", "night", "nights")
"""The pages where something would show first."""

SAID = {"part": ("morning", "evening"), "said": ("worse",)}


def differences(one: Mapping[str, Seen], other: Mapping[str, Seen]) -> list[str]:
    """Return every place, with its stage, where two lives do not look the same."""
    found = [f"stages: {[*one]} and {[*other]}"] if [*one] != [*other] else []
    for stage in one.keys() & other.keys():
        found += [f"{stage}: {place}" for place in _unlike(one[stage], other[stage])]
    return sorted(found)


def _unlike(one: Seen, other: Seen) -> Iterator[str]:
    if [*one] != [*other]:
        yield "the order of the places"
    for place in one.keys() | other.keys():
        if one.get(place) != other.get(place):
            yield place


def answers_of(life: Life, *, chance: Chance, few: bool = False, forms: bool = False) -> Seen:
    """Return what every address answers to Ana: page, figure, export, file or plan.

    ``few``: those of `FEW` alone; ``forms``: also where a form is sent to it, empty and filled in.
    """
    seen: Seen = {}
    for name, path in addresses(life, few=few):
        for number, sent in enumerate((None, {}, SENT) if forms else (None,)):
            if sent is None or not name.startswith(OUTSIDE):
                place = f"GET {path}" if sent is None else f"POST {path} ({number})"
                chance.begin(place)
                answer, queries = _asked(life.browser, name, path, sent)
                seen[f"answer to {place}"] = answer
                seen[f"queries of {place}"] = queries
    return seen


def addresses(life: Life, *, few: bool = False) -> Iterator[tuple[str, str]]:
    """Yield every address that there is, with what can sensibly stand in it."""
    for name, kinds in walk(get_resolver()):
        if not few or name in FEW:
            given = [[(key, v) for v in _values(life, key, kind)] for key, kind in kinds.items()]
            for values in itertools.product(*given):
                yield name, reverse(name, kwargs=dict(values))


def _values(life: Life, key: str, kind: object) -> tuple[object, ...]:
    if isinstance(kind, NightConverter):
        tonight: date = life.trial.clock.night_of(life.clock())
        return (tonight, tonight - DAY, tonight - 4 * DAY)
    if isinstance(kind, IntConverter):
        return (1, 2)
    if isinstance(kind, UUIDConverter):
        row = current_row(life.ana)
        device = Device.objects.filter(owner=life.ana).first()
        return tuple(found.pk for found in (row, device) if found is not None)
    return SAID.get(key, ("unknown",))


def _asked(
    browser: Client, name: str, path: str, sent: Mapping[str, Any] | None
) -> tuple[bytes, bytes]:
    """Ask once, take back whatever that changed, and return the answer and what it asked for."""
    connection.queries_log.clear()  # It holds 9,000, and warns of those that it lost.
    connection.savepoint_state = 0  # It numbers the savepoints of a connection on and on.
    cookies = copy.deepcopy(browser.cookies)
    kind = {"content_type": "application/json"} if name.startswith("api:") else {}
    with CaptureQueriesContext(connection) as asked, transaction.atomic():
        response = browser.get(path) if sent is None else browser.post(path, dict(sent), **kind)
        told = told_by(response)
        transaction.set_rollback(True)
    browser.cookies = cookies
    # The first is the savepoint of the test, and the last takes it back.
    queries = [q["sql"] for q in asked.captured_queries]
    return told, "\n".join(queries).encode()


def told_by(response: Any) -> bytes:
    """Return all that an answer tells: its status, its heads and cookies, and what stands in it."""
    body = b"".join(response.streaming_content) if response.streaming else response.content
    heads = "\n".join(f"{name}: {value}" for name, value in response.items())
    return f"{response.status_code}\n{heads}\n{response.cookies.output()}\n\n".encode() + body


def rows_seen() -> Seen:
    """Return every row of every table, in the order of their keys."""
    return {
        f"rows of {model.__name__}": "\n".join(
            repr(tuple(bytes(c) if isinstance(c, memoryview) else c for c in row))
            for row in model._default_manager.order_by("pk").values_list()
        ).encode()
        for model in apps.get_models()
    }


def files_seen(life: Life) -> Seen:
    """Return every file of the trial's folder."""
    row = current_row(life.ana)
    assert row is not None
    return {f"file {name}": data for name, data in files_of(row, now=life.clock()).items()}


class _Lines(logging.Handler):
    """Keeps what the log says, in the application's own form."""

    def __init__(self) -> None:
        super().__init__(logging.INFO)
        self.setFormatter(Plain())
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.lines.append(self.format(record))


@contextmanager
def log_into(seen: Seen) -> Iterator[None]:
    """Take down everything that is logged or printed meanwhile."""
    handler, printed = _Lines(), io.StringIO()
    loggers = [logging.getLogger(name) for name in ("", "django", "django.request", "ekbom")]
    before = [logger.level for logger in loggers]
    queries = logging.getLogger("django.db.backends")
    try:
        queries.disabled = True  # It tells how long each took.
        for logger in loggers:
            logger.setLevel(logging.INFO)
        logging.getLogger().addHandler(handler)
        with redirect_stdout(printed), redirect_stderr(printed):
            yield
    finally:
        logging.getLogger().removeHandler(handler)
        queries.disabled = False
        for logger, level in zip(loggers, before, strict=True):
            logger.setLevel(level)
    seen["log"] = "\n".join(handler.lines).encode()
    seen["printed"] = printed.getvalue().encode()


def with_device(browser: Client, token: str) -> Client:
    """Return a browser that holds a device's secret."""
    browser.cookies[COOKIE] = token
    return browser
