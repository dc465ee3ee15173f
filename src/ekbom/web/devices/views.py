"""Pages of the phones: which are paired, pairing another, and trusting this installation."""

from __future__ import annotations

from uuid import UUID

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from ekbom.web import present
from ekbom.web.access import for_person, person_of
from ekbom.web.devices.codes import code_svg
from ekbom.web.devices.forms import PhoneForm
from ekbom.web.devices.known import device_asking, know_device, set_cookie
from ekbom.web.devices.limits import may_try, note_try, sender
from ekbom.web.devices.pairing import new_code, use_code
from ekbom.web.errors import locked, missing, too_often
from ekbom.web.models import Device, Person
from ekbom.web.serving.certificates import AUTHORITY, fingerprint, shown_authority

_PAIRING = "pairing"
_WRONG_CODES = 5
"""Wrong codes from one phone in ten minutes."""


@require_GET
@for_person
def devices(request: HttpRequest, person: Person) -> HttpResponse:
    """Show which browsers and phones may see the diary."""
    known = Device.objects.filter(owner=person, removed=None).order_by("-last_contact")
    page = {"devices": known, "this": device_asking(request), "now": present.now()}
    return render(request, "ekbom/devices/devices.html", page)


@require_POST
@for_person
def remove(request: HttpRequest, person: Person, device: UUID) -> HttpResponse:
    """Let a phone see nothing any more; what it keeps, it wipes when it next asks."""
    gone = Device.objects.filter(owner=person, pk=device, removed=None)
    if not gone.update(removed=present.now()):
        return missing(request)
    return redirect("devices")


@require_http_methods(["GET", "POST"])
@for_person
def pair(request: HttpRequest, person: Person) -> HttpResponse:
    """Show how a phone is paired; a new code is made when it is asked for."""
    site = settings.SITE
    if site.kind != "home":
        return render(request, "ekbom/devices/pair_not_here.html")
    trust = site.address + reverse("trust")
    page: dict[str, object] = {
        "trust": trust,
        "trust_code": code_svg(trust, title=_("Code for trusting ekbom")),
    }
    if request.method == "POST":
        code = new_code(owner=person, now=present.now())
        address = site.address + reverse("pair_here", args=[code])
        page |= {"address": address, "code": code_svg(address, title=_("Code for pairing"))}
    page["fingerprint"] = _fingerprint()
    return render(request, "ekbom/devices/pair.html", page)


@require_http_methods(["GET", "POST"])
def pair_here(request: HttpRequest, code: str) -> HttpResponse:
    """Pair the phone that opens the code's address; looking at the page does not use it up."""
    if settings.SITE.kind != "home":
        return locked(request)
    if person_of(request) is not None:
        return render(request, "ekbom/devices/paired_already.html")
    form = PhoneForm(request.POST or None, initial={"name": _phone(request)})
    if request.method == "GET" or not form.is_valid():
        status = 200 if request.method == "GET" else 422
        return render(request, "ekbom/devices/pair_here.html", {"form": form}, status=status)
    return _pair(request, code, form.cleaned_data["name"])


@require_GET
def trust(request: HttpRequest) -> HttpResponse:
    """Show how a phone comes to trust this installation; open before it does."""
    if settings.SITE.kind != "home":
        return locked(request)
    page = {"fingerprint": _fingerprint(), "file": AUTHORITY, "host": settings.SITE.address}
    return render(request, "ekbom/devices/trust.html", page)


@require_GET
def trust_file(request: HttpRequest) -> HttpResponse:
    """Return the certificate that a phone is to trust; it is no secret."""
    found = shown_authority(settings.SITE.data) if settings.SITE.kind == "home" else None
    if found is None:
        return locked(request)
    data = (settings.SITE.data / "tls" / AUTHORITY).read_bytes()
    return HttpResponse(data, content_type="application/x-x509-ca-cert")


def _pair(request: HttpRequest, code: str, name: str) -> HttpResponse:
    who = sender(request)
    if not may_try(_PAIRING, who=who, times=_WRONG_CODES):
        return too_often(request)
    owner = use_code(code, now=present.now())
    if owner is None:
        note_try(_PAIRING, who=who)
        return render(request, "ekbom/devices/code_over.html", status=403)
    known = know_device(owner=owner, name=name, now=present.now())
    response = redirect("start")
    set_cookie(response, known[1])
    return response


def _fingerprint() -> list[str]:
    """Return the certificate's fingerprint in lines that can be compared by eye."""
    found = shown_authority(settings.SITE.data)
    signs = fingerprint(found).split(":") if found else []
    return [" ".join(signs[n : n + 8]) for n in range(0, len(signs), 8)]


def _phone(request: HttpRequest) -> str:
    agent = request.headers.get("User-Agent", "")
    known = (name for name in ("iPhone", "iPad", "Android") if name in agent)
    return next(known, _("My phone"))
