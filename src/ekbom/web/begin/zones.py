"""Time zones as a list to choose from, and the browser's guess at the right one."""

from __future__ import annotations

import functools
from itertools import groupby
from zoneinfo import available_timezones

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
    """Return every zone that can be chosen."""
    return frozenset(z for z in available_timezones() if z.partition("/")[0] in AREAS) | {"UTC"}


def zone_choices() -> Choices:
    """Return the zones by part of the world, none of them chosen."""
    cities = sorted(zone_names() - {"UTC"})
    groups = groupby(cities, key=lambda zone: zone.partition("/")[0])
    parts = [(area, [(z, _city(z)) for z in zones]) for area, zones in groups]
    return [("", "---------"), *parts, ("UTC", "UTC")]


class ZoneGuessForm(forms.Form):
    """What the browser thinks the zone is; a script fills it in, and without one it stays empty."""

    zone = forms.ChoiceField(
        choices=[(z, z) for z in sorted(zone_names())],
        widget=forms.HiddenInput(attrs={"data-zone": ""}),
    )


def _city(zone: str) -> str:
    return zone.partition("/")[2].replace("_", " ").replace("/", ", ")
