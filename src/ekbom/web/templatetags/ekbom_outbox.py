"""What the outbox of a device needs to know of a page."""

from __future__ import annotations

from django import template

from ekbom.web.api.account import account_of
from ekbom.web.models import Person

register = template.Library()


@register.filter
def account(person: object) -> str:
    """Return the name of an account that names nobody; nothing for a stranger."""
    return account_of(person) if isinstance(person, Person) else ""


@register.filter
def unlocalized(number: float) -> str:
    """Return a number as a script reads it, whatever the reader's language."""
    return f"{number:g}"
