"""Text that somebody typed while their session ended: kept until they are back at the form.

It waits in the browser's session, on the server, never in an address, and for its writer alone: if
somebody else logs in, it is thrown away.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from datetime import timedelta
from urllib.parse import urlsplit, urlunsplit

from django.conf import settings
from django.core import signing
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.loader import render_to_string
from django.utils.http import url_has_allowed_host_and_scheme

from ekbom.web.models import Person
from ekbom.web.person.refill import refill

_SESSION = "kept"
_COOKIE = "ekbom_last"
_SALT = "ekbom.last"
_LASTS = timedelta(days=400)
_MOST = 200_000
"""Most letters that are kept; a diary's note has at most some thousand."""
_NEVER = ("password", "phrase", "csrfmiddlewaretoken", "token", "code")

Respond = Callable[[HttpRequest], HttpResponse]


class KeptTextMiddleware:
    """Brings what was typed back into its form, once its writer is there again."""

    def __init__(self, respond: Respond) -> None:
        self.respond = respond

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer; the form that was lost is shown as it was typed."""
        person = request.user if isinstance(request.user, Person) else None
        kept = None if person is None else request.session.get(_SESSION)
        if kept and person and kept["whose"] != person.pk:
            kept = request.session.pop(_SESSION) and None
        if kept and request.method == "GET" and request.get_full_path() == kept["page"]:
            response = _again(request, kept, self.respond)
        else:
            response = self.respond(request)
        if settings.SITE.several_people and isinstance(request.user, Person):
            _note_person(request, response, request.user)
        return response


def keep_typed(request: HttpRequest, *, whose: int | None) -> str:
    """Keep the fields of a form that cannot be taken now, for the person who typed them.

    Return the address of the page that the form stands on.
    """
    page = _page_of(request)
    fields = {name: values for name, values in request.POST.lists() if _may_be_kept(name)}
    if whose is not None and fields and len(json.dumps(fields)) <= _MOST:
        request.session[_SESSION] = {"page": page, "whose": whose, "fields": fields}
    return page


def last_person(request: HttpRequest) -> int | None:
    """Return who was logged in last in this browser, by a mark that nobody else can make."""
    try:
        found = signing.loads(request.COOKIES.get(_COOKIE, ""), salt=_SALT)
    except signing.BadSignature:
        return None
    return found if isinstance(found, int) else None


def forget_person(response: HttpResponse) -> None:
    """Let the browser forget who was logged in last."""
    response.delete_cookie(_COOKIE)


def _again(request: HttpRequest, kept: Mapping[str, object], respond: Respond) -> HttpResponse:
    del request.session[_SESSION]
    fields = kept["fields"]
    assert isinstance(fields, dict)  # noqa: S101 - it was put there by `keep_typed`
    response = respond(request)
    if response.status_code != 200 or response.streaming:
        return redirect("/")
    page, rest = refill(response.content.decode(), fields)
    notice = render_to_string("ekbom/person/kept.html", {"rest": rest}, request)
    response.content = page.replace("</h1>", f"</h1>{notice}", 1).encode()
    return response


def _page_of(request: HttpRequest) -> str:
    """Return where a form was filled in, which need not be where it is sent to."""
    came_from = urlsplit(request.headers.get("Referer", ""))
    if (came_from.scheme, came_from.netloc) != (request.scheme, request.get_host()):
        return request.get_full_path()
    page = urlunsplit(("", "", came_from.path or "/", came_from.query, ""))
    # A path such as //elsewhere/ would lead away from here.
    here = url_has_allowed_host_and_scheme(page, allowed_hosts=None)
    return page if here else "/"


def _may_be_kept(name: str) -> bool:
    return not any(secret in name.lower() for secret in _NEVER)


def _note_person(request: HttpRequest, response: HttpResponse, person: Person) -> None:
    if last_person(request) == person.pk or _COOKIE in response.cookies:
        return
    response.set_cookie(
        _COOKIE,
        signing.dumps(person.pk, salt=_SALT),
        max_age=_LASTS,
        httponly=True,
        samesite="Lax",
        secure=True,
    )
