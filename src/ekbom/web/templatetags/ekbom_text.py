"""Texts of the core, nights, days and zones, in the reader's language."""

from __future__ import annotations

from datetime import date, datetime

from django import template

from ekbom.language import retell
from ekbom.report.measures import day_year, month_day, night_words, zone_words
from ekbom.web.devices.known import name_words
from ekbom.web.models import Device

register = template.Library()


@register.filter
def said(text: object) -> str:
    """Return a text of the core in the reader's language; nothing for no text."""
    return "" if text is None else retell(str(text))


@register.filter
def evening(night: date | None) -> str:
    """Return a night as the weekday and date of its evening; nothing for no night."""
    return "" if night is None else night_words(night)


@register.filter
def short_day(night: date | None) -> str:
    """Return a night as the day and month of its evening; nothing for no night."""
    return "" if night is None else month_day(night)


@register.filter
def day(when: date | None) -> str:
    """Return a day with its year; nothing for no day."""
    return "" if when is None else day_year(when)


@register.filter
def moment(when: datetime | None) -> str:
    """Return an instant as its day and time on the clock that it is given in."""
    return "" if when is None else f"{day_year(when)}, {when:%H:%M}"


@register.filter
def device_name(device: Device) -> str:
    """Return what a device is called."""
    return name_words(device)


@register.filter
def zone(name: str) -> str:
    """Return a time zone as a person reads it."""
    return zone_words(name)
