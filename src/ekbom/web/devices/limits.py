"""How often something may be tried: a count for each who, in steps of ten minutes."""

from __future__ import annotations

from django.core.cache import cache
from django.http import HttpRequest

from ekbom.web import present

_SPAN = 600
"""Seconds of one count."""


def may_try(what: str, *, who: str, times: int) -> bool:
    """Return whether ``who`` has tried ``what`` fewer than so many times lately."""
    tried: int = cache.get(_place(what, who), 0)
    return tried < times


def note_try(what: str, *, who: str) -> None:
    """Count one more try."""
    place = _place(what, who)
    cache.add(place, 0, timeout=2 * _SPAN)
    cache.incr(place)


def sender(request: HttpRequest) -> str:
    """Return the address in the network that a request came from."""
    return str(request.META.get("REMOTE_ADDR", ""))


def _place(what: str, who: str) -> str:
    step = int(present.now().timestamp()) // _SPAN
    return f"tries.{what}.{step}.{who}"
