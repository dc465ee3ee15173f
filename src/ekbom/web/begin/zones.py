"""Time zones as a list to choose from, and the browser's guess at the right one."""

from __future__ import annotations

import functools
import json
from collections.abc import Iterator, Mapping
from importlib import resources
from itertools import groupby
from pathlib import Path
from types import MappingProxyType
from zoneinfo import TZPATH, available_timezones

from django import forms

AREAS = (
    "Africa",
    "America",
    "Antarctica",
    "Arctic",
    "Asia",
    "Atlantic",
    "Australia",
    "Europe",
    "Indian",
    "Pacific",
)
"""The parts of the world that name zones by their cities."""

Choices = list[tuple[str, str | list[tuple[str, str]]]]


@functools.cache
def zone_names() -> frozenset[str]:
    """Return every zone that can be chosen, each once, by the name that it has now.

    Where this computer has no table of these names, old ones are among them.
    """
    known = {z for z in available_timezones() if z.partition("/")[0] in AREAS}
    named = {columns[2] for columns in _table("zone.tab") if len(columns) > 2}
    return frozenset(known & named or known) | {"UTC"}


@functools.cache
def old_names() -> Mapping[str, str]:
    """Return the zones that can be chosen by the old names that browsers still give them."""
    names = zone_names()
    links = (columns[1:] for columns in _table("tzdata.zi") if columns[0] == "L")
    found = {old: now for now, old in links if now in names and old not in names}
    return MappingProxyType(found)


def zone_named(name: str) -> str:
    """Return a zone by the name under which it can be chosen."""
    return old_names().get(name, name)


def zone_choices() -> Choices:
    """Return the zones by part of the world, none of them chosen."""
    cities = sorted(zone_names() - {"UTC"})
    groups = groupby(cities, key=lambda zone: zone.partition("/")[0])
    parts = [(area, [(z, _city(z)) for z in zones]) for area, zones in groups]
    return [("", "---------"), *parts, ("UTC", "UTC")]


def guessed() -> dict[str, str]:
    """Return the mark of a field that a script fills with the browser's zone, with old names."""
    return {"data-zone": json.dumps(dict(old_names()))}


def _city(zone: str) -> str:
    return zone.partition("/")[2].replace("_", " ").replace("/", ", ")


def _table(name: str) -> Iterator[list[str]]:
    """Yield the lines of a table beside the zones, in columns; nothing where there is none."""
    files = (Path(folder) / name for folder in TZPATH)
    text = next((f.read_text("utf-8") for f in files if f.is_file()), None) or _packaged(name)
    yield from (line.split() for line in text.splitlines() if line.strip() and line[0] != "#")


def _packaged(name: str) -> str:
    try:
        file = resources.files("tzdata.zoneinfo") / name
    except ModuleNotFoundError:
        return ""
    return file.read_text("utf-8") if file.is_file() else ""


class ZoneGuessForm(forms.Form):
    """What the browser thinks the zone is; a script fills it in, and without one it stays empty."""

    zone = forms.ChoiceField(
        choices=[(z, z) for z in sorted(zone_names())],
        widget=forms.HiddenInput(attrs=guessed()),
    )
