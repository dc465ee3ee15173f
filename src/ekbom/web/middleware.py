"""What happens before and after every page: who asks, in which language, what may be kept."""

from __future__ import annotations

from collections.abc import Callable

from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.http import Http404, HttpRequest, HttpResponse
from django.utils import translation

from ekbom.language import speaking
from ekbom.report.measures import day_year
from ekbom.web import present
from ekbom.web.access import person_of
from ekbom.web.devices.arrival import arrive
from ekbom.web.devices.known import COOKIE, device_of, in_touch, set_cookie
from ekbom.web.errors import locked

Respond = Callable[[HttpRequest], HttpResponse]

_KEPT_BY_BROWSERS = {"signs", "offline", "service_worker", "manifest"}
"""Pages without anything about a person; a phone keeps them for when it has no network."""

_ENTRANCES = {"account_login", "mfa_authenticate", "mfa_login_webauthn"}
"""The pages of accounts for those who are not in yet."""

_ACCOUNT_PAGES = {
    *_ENTRANCES,
    "account_reauthenticate",
    "account_change_password",
    "account_set_password",
    "mfa_index",
    "mfa_reauthenticate",
    "mfa_list_webauthn",
    "mfa_add_webauthn",
    "mfa_remove_webauthn",
    "mfa_edit_webauthn",
    "mfa_reauthenticate_webauthn",
    "mfa_view_recovery_codes",
    "mfa_generate_recovery_codes",
    "mfa_download_recovery_codes",
}
"""The pages of accounts that are in use: nobody signs up, and there is no e-mail."""


class HeadersMiddleware:
    """No page stays in a cache, none is read from elsewhere, and HTTPS cookies stay on HTTPS."""

    def __init__(self, respond: Respond) -> None:
        self.respond = respond

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Add what every answer says to the browser."""
        response = self.respond(request)
        match = request.resolver_match
        lasting = match is not None and match.url_name in _KEPT_BY_BROWSERS
        response.headers.setdefault("Cache-Control", "no-cache" if lasting else "no-store")
        response.headers.setdefault("Cross-Origin-Resource-Policy", "same-origin")
        response.headers.setdefault(
            "Permissions-Policy", "camera=(self), geolocation=(), microphone=()"
        )
        if request.is_secure():
            for cookie in response.cookies.values():
                cookie["secure"] = True
        return response


class PersonMiddleware:
    """On a machine of one's own and at home, a device stands for its person."""

    def __init__(self, respond: Respond) -> None:
        self.respond = respond

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Let a known device's person be the one who asks."""
        if settings.SITE.several_people:
            return self.respond(request)
        request.user = AnonymousUser()
        token = request.COOKIES.get(COOKIE, "")
        device = device_of(token)
        arrived = arrive(request, known=device is not None)
        if arrived is not None:
            return arrived
        if device is None:
            return self.respond(request)
        request.user = device.owner
        fresh = in_touch(device, now=present.now())
        response = self.respond(request)
        if fresh and COOKIE not in response.cookies:
            set_cookie(response, token)
        return response

    def process_view(self, request: HttpRequest, *_: object) -> HttpResponse | None:
        """Have no pages for accounts where there are none, and none that are not in use."""
        match = request.resolver_match
        if match is None or not match.route.startswith("account/"):
            return None
        if not settings.SITE.several_people or match.url_name not in _ACCOUNT_PAGES:
            raise Http404
        if person_of(request) is None and match.url_name not in _ENTRANCES:
            return locked(request)
        return None


class LanguageMiddleware:
    """A person's own choice of language goes before what their browser asks for."""

    def __init__(self, respond: Respond) -> None:
        self.respond = respond

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer in the language that the person chose, the core's sentences too."""
        person = person_of(request)
        if person is not None and person.language:
            translation.activate(person.language)
            request.LANGUAGE_CODE = person.language
        with speaking(translation.get_language(), written=day_year):
            return self.respond(request)
