"""Coming in on this computer: the address that ekbom prints holds a secret, new at each start."""

from __future__ import annotations

import secrets

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from ekbom.web import present
from ekbom.web.devices.known import THIS_COMPUTER, know_device, me, set_cookie

PARAMETER = "token"
_HERE = {"127.0.0.1", "::1"}

_expected: str = ""


def expect(token: str) -> None:
    """Let this secret open the application from now on, and no earlier one."""
    global _expected  # noqa: PLW0603 - one secret for the process, set as the server starts
    _expected = token


def arrive(request: HttpRequest, *, known: bool) -> HttpResponse | None:
    """Return the page of somebody who opened the printed address, ``None`` for anybody else.

    The browser is then ``known`` for good.  The page goes on by itself, so that the secret stays
    in no history; it answers 200, so that whoever opens the address knows that it is the right one.
    """
    given = request.GET.get(PARAMETER, "")
    if not given or not _expected or request.path != "/" or request.method != "GET":
        return None
    here = request.META.get("REMOTE_ADDR") in _HERE
    if not here or not secrets.compare_digest(given.encode(), _expected.encode()):
        return None
    response = render(request, "ekbom/devices/arrived.html")
    response.headers["Referrer-Policy"] = "no-referrer"
    if not known:
        this = know_device(owner=me(), name=THIS_COMPUTER, now=present.now())
        set_cookie(response, this[1])
    return response
