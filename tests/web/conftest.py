"""What every test of the web application needs: a clock that is moved by hand, and people."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from django.core.cache import cache
from django.core.management import call_command
from django.test import Client

from ekbom.web import present
from ekbom.web.devices.known import COOKIE, know_device, me
from ekbom.web.store import remembered
from web.lives import DAY, FIRST, TITRATION, at, registered, tolerates


class Hands:
    """A clock whose hands a test moves."""

    def __init__(self, now: datetime) -> None:
        self.now = now

    def __call__(self) -> datetime:
        return self.now

    def set(self, text: str) -> datetime:
        """Show an instant, written as 2026-03-01T21:00+01:00."""
        self.now = datetime.fromisoformat(text).astimezone(UTC)
        return self.now

    def on(self, **spans: float) -> datetime:
        """Move on by so many days, hours, minutes."""
        self.now += timedelta(**spans)
        return self.now


@pytest.fixture(scope="session", autouse=True)
def static_files() -> None:
    """Collect the static files once, as a server does before it starts."""
    call_command("collectstatic", interactive=False, verbosity=0)


@pytest.fixture
def clock() -> Iterator[Hands]:
    """The application's clock, at an evening in Berlin."""
    hands = Hands(datetime(2026, 3, 1, 20, 0, tzinfo=UTC))
    present.use(hands)
    yield hands
    present.use(present.utc_now)


@pytest.fixture(autouse=True)
def nothing_remembered() -> None:
    """Start every test with an empty memory, as its database is empty too."""
    remembered.forget()
    cache.clear()


@pytest.fixture
def ana(db: None, clock: Hands) -> Client:
    """Ana's browser on her own machine."""
    return browser_of(clock)


@pytest.fixture
def trial(ana: Client, clock: Hands) -> Client:
    """Ana on the morning after her first night."""
    registered(me(), clock)
    clock.now = at(FIRST, "08:00")
    return ana


@pytest.fixture
def titration(ana: Client, clock: Hands) -> Client:
    """Ana on the first evening with capsules."""
    registered(me(), clock)
    clock.now = at(TITRATION - DAY, "09:00")
    tolerates(me(), until=TITRATION)
    clock.now = at(TITRATION, "22:00")
    return ana


@pytest.fixture
def mallory(db: None, clock: Hands) -> Client:
    """A browser that is not known here."""
    return Client(enforce_csrf_checks=False)


def browser_of(clock: Hands) -> Client:
    """Return a browser that this machine knows."""
    _, token = know_device(owner=me(), name="Ana's laptop", now=clock())
    client = Client()
    client.cookies[COOKIE] = token
    return client
