"""Pages for when something does not work: each says what happened and what to do now."""

from __future__ import annotations

from django.conf import settings
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse

from ekbom.web.models import Person
from ekbom.web.person.kept import keep_typed, last_person


def locked(request: HttpRequest) -> HttpResponse:
    """Show a stranger how to come in, and nothing else; warning signs stay one tap away.

    Where people have accounts, that is the login; what somebody typed while their session ended is
    kept until then.
    """
    if not settings.SITE.several_people:
        return render(request, "ekbom/locked.html", status=403)
    if request.method in {"GET", "HEAD"}:
        return redirect_to_login(request.get_full_path())
    return redirect_to_login(keep_typed(request, whose=last_person(request)))


def forged(request: HttpRequest, reason: str = "") -> HttpResponse:  # noqa: ARG001 - Django calls it so
    """Say that a form was not taken because it did not come from this page.

    One that did, from a page opened before the person logged in anew, is shown again as typed.
    """
    if request.path.startswith(reverse("helper_work")):
        return _forged_for_helper(request)
    own = f"{request.scheme}://{request.get_host()}"
    if isinstance(request.user, Person) and request.headers.get("Origin") == own:
        return redirect(keep_typed(request, whose=request.user.pk))
    return render(request, "ekbom/forged.html", status=403)


def _forged_for_helper(request: HttpRequest) -> HttpResponse:
    """Say it to a helper; nothing they typed is put aside, not even on the person's device."""
    match = request.resolver_match
    begins = match is not None and match.url_name == "helper_link"
    back = request.path if begins else reverse("helper_work")
    response = render(request, "ekbom/helper/forged.html", {"back": back}, status=403)
    response.headers["Referrer-Policy"] = "strict-origin"
    return response


def missing(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:  # noqa: ARG001
    """Say that there is no such page."""
    return render(request, "ekbom/missing.html", status=404)


def too_often(request: HttpRequest) -> HttpResponse:
    """Say that something was tried too often, and when to try again."""
    return render(request, "ekbom/too_often.html", status=429)


def broken(request: HttpRequest) -> HttpResponse:
    """Say that the fault is ours, that nothing was saved, and what to do."""
    return render(request, "ekbom/broken.html", status=500)
