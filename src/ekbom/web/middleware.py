"""What happens before every page: who asks, and in which language they read."""

from __future__ import annotations

from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils import translation

from ekbom.web.access import person_of
from ekbom.web.devices.known import COOKIE, device_of

Respond = Callable[[HttpRequest], HttpResponse]


class PersonMiddleware:
    """On a machine of one's own and at home, a device stands for its person."""

    def __init__(self, respond: Respond) -> None:
        self.respond = respond

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Let a known device's person be the one who asks."""
        if not settings.SITE.several_people:
            device = device_of(request.COOKIES.get(COOKIE, ""))
            if device is not None:
                request.user = device.owner
        return self.respond(request)


class LanguageMiddleware:
    """A person's own choice of language goes before what their browser asks for."""

    def __init__(self, respond: Respond) -> None:
        self.respond = respond

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer in the language that the person chose."""
        person = person_of(request)
        if person is not None and person.language:
            translation.activate(person.language)
            request.LANGUAGE_CODE = person.language
        return self.respond(request)
