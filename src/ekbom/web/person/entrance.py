"""Coming in to a clinic's account by its one-time link, and leaving."""

from __future__ import annotations

from allauth.account.internal.flows.login import record_authentication
from django.conf import settings
from django.contrib.auth import login, logout
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from ekbom.web import present
from ekbom.web.access import for_person
from ekbom.web.devices.known import COOKIE, device_asking
from ekbom.web.devices.limits import may_try, note_try, sender
from ekbom.web.errors import missing, too_often
from ekbom.web.models import Device, OneTimeLink, Person
from ekbom.web.person.accounts import link_of, use_link
from ekbom.web.person.forms import PasswordForm
from ekbom.web.person.kept import forget_person

_INVITE = "invite"
_WRONG_LINKS = 20
_CLEARED = '"cache", "storage"'


@require_http_methods(["GET", "POST"])
def invite(request: HttpRequest, token: str) -> HttpResponse:
    """Let somebody with a one-time link choose a password or a passkey, and come in."""
    if not settings.SITE.several_people:
        return missing(request)
    who = sender(request)
    if not may_try(_INVITE, who=who, times=_WRONG_LINKS):
        return too_often(request)
    link = link_of(token, now=present.now())
    if link is None:
        note_try(_INVITE, who=who)
        return render(request, "ekbom/person/link_over.html", status=404)
    passkey = "passkey" in request.POST
    form = PasswordForm(request.POST or None, person=link.owner)
    if request.method == "GET" or not (passkey or form.is_valid()):
        status = 200 if request.method == "GET" else 422
        return render(request, "ekbom/person/invite.html", {"form": form}, status=status)
    return _come_in(request, link, password=None if passkey else form.cleaned_data["password"])


@require_http_methods(["GET", "POST"])
@for_person
def leave(request: HttpRequest, person: Person) -> HttpResponse:  # noqa: ARG001 - for persons alone
    """Log out, or let this browser be forgotten, and have it clear what it keeps."""
    if request.method == "GET":
        return render(request, "ekbom/person/leave.html")
    device = device_asking(request)
    if device is not None:
        Device.objects.filter(pk=device.pk).update(removed=present.now())
    logout(request)
    response = render(request, "ekbom/person/left.html")
    response.delete_cookie(COOKIE)
    forget_person(response)
    response.headers["Clear-Site-Data"] = _CLEARED
    return response


def _come_in(request: HttpRequest, link: OneTimeLink, *, password: str | None) -> HttpResponse:
    person = link.owner
    with transaction.atomic():
        if not use_link(link, now=present.now()):
            return render(request, "ekbom/person/link_over.html", status=404)
        if password is not None:
            person.set_password(password)
            person.save()
    login(request, person, backend=settings.AUTHENTICATION_BACKENDS[0])
    # A passkey may be added right after: whoever has the link need not prove who they are again.
    record_authentication(request, person, method="password", reauthenticated=True)
    return redirect("start" if password is not None else "mfa_add_webauthn")
