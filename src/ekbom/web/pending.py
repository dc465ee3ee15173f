"""A page that is still to be written; this file goes when none is."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse


def pending(request: HttpRequest, **_: Any) -> HttpResponse:
    """Say that there is nothing here yet."""
    return HttpResponse(status=501)
