"""Texts of the core and nights, in the reader's language."""

from __future__ import annotations

from datetime import date

from django import template

from ekbom.language import retell
from ekbom.report.measures import month_day, night_words

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
