"""Units, sides of a scale and days in words."""

from __future__ import annotations

from datetime import date

from ekbom.language import Text, say, say_n
from ekbom.protocol.model import Outcome

NO_ESTIMATE: Text = "nothing to estimate"
"""Said where an outcome without an estimate gives no reason of its own."""

_WEEKDAYS: tuple[Text, ...] = (
    "Monday",
    "Tuesday",
    "Wednesday",
    "Thursday",
    "Friday",
    "Saturday",
    "Sunday",
)
_MONTHS: tuple[Text, ...] = (
    "Jan",
    "Feb",
    "Mar",
    "Apr",
    "May",
    "Jun",
    "Jul",
    "Aug",
    "Sep",
    "Oct",
    "Nov",
    "Dec",
)


def capital(text: str) -> str:
    """Return a text that begins with a capital letter."""
    return text[:1].upper() + text[1:]


def unit_words(unit: str, *, one: bool = False) -> str:
    """Return a unit such as ``points``, in the singular for ``one`` of it."""
    return say_n(unit.removesuffix("s"), unit, 1 if one else 2)


def better_words(outcome: Outcome) -> str:
    """Return on which side of the scale better lies."""
    return say("lower is better" if outcome.direction == "lower" else "higher is better")


def month_day(day: date) -> str:
    """Return a day without its year, as a person reads it."""
    return say("{day} {month}", day=day.day, month=say(_MONTHS[day.month - 1]))


def day_year(day: date) -> str:
    """Return a day with its year as a person reads it, with no weekday."""
    return say("{day} {year}", day=month_day(day), year=str(day.year))


def night_words(day: date) -> str:
    """Return a night that is near as a person reads it: its weekday, day and month."""
    return say("{weekday}, {day}", weekday=say(_WEEKDAYS[day.weekday()]), day=month_day(day))


def day_words(day: date) -> str:
    """Return a night as a person reads it: its weekday and date."""
    return say("{weekday}, {day}", weekday=say(_WEEKDAYS[day.weekday()]), day=day)


def zone_words(zone: str) -> str:
    """Return the name of a time zone as a person reads it."""
    return zone.replace("_", " ")
