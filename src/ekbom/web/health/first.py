"""Emergencies are answered even when nothing else works."""

from __future__ import annotations

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import get_language

from ekbom.language import speaking
from ekbom.web.health.glass import glass_without_record
from ekbom.web.health.signs import answer_without_record, signs

_FAILED = 500


class SignsFirstMiddleware:
    """Whatever fails, database or session, the pages for emergencies say what to do.

    It stands before everything that needs the database.
    """

    def __init__(self, respond: Callable[[HttpRequest], HttpResponse]) -> None:
        self.respond = respond

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer anew, without a record, where the answer about an emergency failed."""
        response = self.respond(request)
        if response.status_code < _FAILED or not request.path_info.startswith("/signs/"):
            return response
        with speaking(get_language() or "en"):
            if request.path_info == reverse("break_glass"):
                return glass_without_record(request)
            return answer_without_record(request) if request.method == "POST" else signs(request)
