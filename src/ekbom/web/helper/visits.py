"""Who may see a helper's page: the browser that opened the link, whoever else it is known to."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import wraps

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from ekbom.guide.situation import Situation, situation_of
from ekbom.trial.folder import Trial
from ekbom.trial.happened import last_of
from ekbom.web import present
from ekbom.web.devices.limits import may_try, note_try
from ekbom.web.helper.links import VISIT_LASTS, visit_of
from ekbom.web.models import HelperLink, TrialRow
from ekbom.web.store import load

COOKIE = "ekbom_helper"
_PATH = "/helper/"
_KEY = "helper_key"
_WRONG_KEYS = 10
"""Wrong passphrases for one trial in ten minutes; each takes the machine a second as well."""


@dataclass(frozen=True, slots=True)
class Helping:
    """A helper at a page, at one instant, with the trial whose order they keep."""

    link: HelperLink
    row: TrialRow
    trial: Trial
    now: datetime

    @property
    def here(self) -> Situation:
        """Return where the trial stands."""
        return situation_of(trial=self.trial, now=self.now)

    def has(self, kind: str) -> bool:
        """Return whether an event of a kind is on record."""
        return last_of(self.trial.events, kind) is not None

    def may_try(self) -> bool:
        """Return whether few enough wrong passphrases were typed lately."""
        return may_try(_KEY, who=str(self.row.pk), times=_WRONG_KEYS)

    def note_wrong(self) -> None:
        """Count one more wrong passphrase."""
        note_try(_KEY, who=str(self.row.pk))


View = Callable[..., HttpResponse]


def unseen(view: View) -> View:
    """Have no browser keep a page of the helper's, and none tell its address to anybody."""

    @wraps(view)
    def guarded(request: HttpRequest, *args: object, **kwargs: object) -> HttpResponse:
        response = view(request, *args, **kwargs)
        response.headers["Cache-Control"] = "no-store"
        # Without any origin no form of the page could be told from a forged one.
        response.headers["Referrer-Policy"] = "strict-origin"
        return response

    return guarded


def for_helper(view: Callable[[HttpRequest, Helping], HttpResponse]) -> View:
    """Give a view the helper whose visit this browser began; nobody else sees anything."""

    @unseen
    @wraps(view)
    def guarded(request: HttpRequest) -> HttpResponse:
        now = present.now()
        link = visit_of(request.COOKIES.get(COOKIE, ""), now=now)
        if link is None:
            return link_over(request, 403)
        return view(request, Helping(link, link.trial, load(link.trial, now=now), now))

    return guarded


def link_over(request: HttpRequest, status: int) -> HttpResponse:
    """Say that a link or a visit is over, and how to come by another."""
    return render(request, "ekbom/helper/over.html", status=status)


def set_cookie(request: HttpRequest, response: HttpResponse, token: str) -> None:
    """Give a browser the secret of its visit; it is sent to the helper's pages alone."""
    response.set_cookie(
        COOKIE,
        token,
        max_age=VISIT_LASTS,
        path=_PATH,
        secure=request.is_secure() or settings.SITE.encrypted,
        httponly=True,
        samesite="Strict",
    )


def forget_cookie(response: HttpResponse) -> None:
    """Have a browser forget the secret of its visit."""
    response.delete_cookie(COOKIE, path=_PATH, samesite="Strict")
