"""What every page knows."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.http import HttpRequest

from ekbom.web.access import person_of
from ekbom.web.store import current_row


def page(request: HttpRequest) -> dict[str, Any]:
    """Return the site, the person and the trial row for the frame around every page."""
    person = person_of(request)
    row = None if person is None else current_row(person)
    return {"site": settings.SITE, "person": person, "row": row}
