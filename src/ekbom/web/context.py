"""What the frame around every page knows: who reads, where else they can go, light or dark."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from ekbom.problem import InputError
from ekbom.web import present
from ekbom.web.access import person_of
from ekbom.web.models import Person, TrialRow
from ekbom.web.store import current_row, load

DARK_FROM, DARK_UNTIL = 20, 8
"""Between these hours of the person's clock pages are dark, unless they chose otherwise."""

_Names = tuple[tuple[str, str | Promise], ...]

_FIRST: _Names = (("tonight", _("Tonight")),)
_BEFORE: _Names = (("welcome", _("Welcome")),)
_DIARY: _Names = (("nights", _("My nights")),)
_TRIAL: _Names = (*_DIARY, ("progress", _("Progress")), ("trial", _("My trial")))
_ALWAYS: _Names = (
    ("data", _("My data")),
    ("settings", _("Settings")),
    ("help", _("Help")),
    ("evidence", _("What is known")),
    ("leave", _("Leave")),
)


@dataclass(frozen=True, slots=True)
class Place:
    """A link of the menu; ``here`` on the page that it leads to."""

    address: str
    label: str | Promise
    here: bool


@dataclass(frozen=True, slots=True)
class Menu:
    """The links that always show, and those that are folded away."""

    first: tuple[Place, ...]
    others: tuple[Place, ...]


def page(request: HttpRequest) -> dict[str, Any]:
    """Return the site, the person, the trial row, the menu and the theme."""
    person = person_of(request)
    row = None if person is None else current_row(person)
    here = request.resolver_match.view_name if request.resolver_match else ""
    return {
        "site": settings.SITE,
        "person": person,
        "row": row,
        "menu": None if person is None else menu_of(row, here=here),
        "signs_here": here == "signs",
        "theme": theme_of(person, row, now=present.now()),
    }


def menu_of(row: TrialRow | None, *, here: str) -> Menu:
    """Return where a person can go from any page; ``here`` is the name of the page's address."""
    return Menu(
        tuple(_places(_BEFORE if row is None else _FIRST, here=here)),
        tuple(_places((*_own(row), *_ALWAYS), here=here)),
    )


def theme_of(person: Person | None, row: TrialRow | None, *, now: datetime) -> str:
    """Return ``dark``, ``light``, or nothing where the device decides.

    A person may choose ``dark``, ``light`` or ``device`` for always; else it is dark at night.
    """
    chosen = "" if person is None else person.theme
    if chosen:
        return "" if chosen == "device" else chosen
    hour = None if row is None else _hour(row, now=now)
    return "dark" if hour is not None and not DARK_UNTIL <= hour < DARK_FROM else ""


def _own(row: TrialRow | None) -> _Names:
    if row is None:
        return ()
    return _TRIAL if row.registered else _DIARY


def _places(names: _Names, *, here: str) -> Iterator[Place]:
    for name, label in names:
        yield Place(reverse(name), label, name == here)


def _hour(row: TrialRow, *, now: datetime) -> int | None:
    """Return the hour on the person's clock; none where a trial cannot be read."""
    try:
        return load(row, now=now).clock.local(now).hour
    except InputError:
        return None
