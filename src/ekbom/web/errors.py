"""Pages for when something does not work: each says what happened and what to do now."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render


def locked(request: HttpRequest) -> HttpResponse:
    """Show a stranger how to come in, and nothing else; warning signs stay one tap away."""
    return render(request, "ekbom/locked.html", status=403)


def forged(request: HttpRequest, reason: str = "") -> HttpResponse:  # noqa: ARG001 - Django calls it so
    """Say that a form was not taken because it did not come from this page."""
    return render(request, "ekbom/forged.html", status=403)
