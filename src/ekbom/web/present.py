"""What time it is: the one place where the application asks, so that a test can answer."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

Clock = Callable[[], datetime]


def utc_now() -> datetime:
    """Return the computer's time, aware."""
    return datetime.now(UTC)


_clock: Clock = utc_now


def now() -> datetime:
    """Return the present instant, aware, by the clock that the application was built with."""
    return _clock()


def use(clock: Clock) -> None:
    """Let `now` ask another clock; called while the application is built, never by a page."""
    global _clock  # noqa: PLW0603 - one clock for the process, set once
    _clock = clock
