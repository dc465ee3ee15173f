"""The page on which a person asks their helper, and sees how far the helper is."""

from __future__ import annotations

from datetime import datetime

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from ekbom.guide.guesses import is_opened
from ekbom.guide.place import is_drawn
from ekbom.guide.situation import Situation, situation_of
from ekbom.trial.happened import last_of
from ekbom.trial.unblinding import opening_begun
from ekbom.web.access import Visit, for_trial
from ekbom.web.course.sending import not_now
from ekbom.web.devices.codes import code_svg
from ekbom.web.helper.links import LINK_LASTS, is_visited, is_working, new_link
from ekbom.web.models import HelperLink


@require_http_methods(["GET", "HEAD", "POST"])
@for_trial
def ask(request: HttpRequest, visit: Visit) -> HttpResponse:
    """Show how far the helper is; asked for by its button, make the link that lets them go on."""
    here = situation_of(trial=visit.trial, now=visit.now)
    refusal = _not_due(request, here)
    if refusal is not None:
        return refusal
    link = _link(request, visit) if request.method == "POST" else {}
    context = {**_state(visit, here), **_known_link(visit), **link}
    return render(request, "ekbom/helper/ask.html", context)


def _link(request: HttpRequest, visit: Visit) -> dict[str, object]:
    """Return a new link as the page shows it, this once."""
    site, path = settings.SITE, reverse("helper_link", args=[new_link(visit.row, now=visit.now)])
    if site.kind == "machine":
        return {"path": path}
    address = site.address + path if site.address else request.build_absolute_uri(path)
    code = code_svg(address, title=_("Code for your helper"))
    trust = site.address + reverse("trust") if site.kind == "home" else ""
    return {"path": path, "address": address, "code": code, "trust": trust}


def _state(visit: Visit, here: Situation) -> dict[str, object]:
    events = visit.trial.events
    return {
        "sealed": _day_of(visit, "randomised"),
        "ready": _day_of(visit, "packs ready"),
        "packs_due": here.packs_are_open,
        "over": here.is_over,
        "guessed": last_of(events, "last guess") is not None,
    }


def _known_link(visit: Visit) -> dict[str, object]:
    """Return since when a link waits for the helper, or the helper is at work."""
    link, clock = HelperLink.objects.filter(trial=visit.row).first(), visit.trial.clock
    if link is None:
        return {}
    if is_visited(link, now=visit.now) and link.begun is not None:
        return {"at_work": clock.local(link.begun)}
    return {"waits": clock.local(link.made + LINK_LASTS)} if is_working(link, now=visit.now) else {}


def _day_of(visit: Visit, kind: str) -> datetime | None:
    event = last_of(visit.trial.events, kind)
    return None if event is None else visit.trial.clock.local(event.instant)


def _not_due(request: HttpRequest, here: Situation) -> HttpResponse | None:
    """Return why the helper has nothing to do now, and where to go instead."""
    trial = here.trial
    if trial.protocol.blinding != "helper" or trial.protocol.imported:
        return _refused(request, _("In this trial there is no helper."))
    if is_opened(here) and not opening_begun(trial):
        return _refused(request, _("The order is open."), "verdict", _("What it shows"))
    return _no_end(request, here) if is_drawn(trial) else _no_draw(request, here)


def _no_end(request: HttpRequest, here: Situation) -> HttpResponse | None:
    if not here.is_over or last_of(here.trial.events, "last guess") is not None:
        return None
    why = _("First, say what you think it does. Then your helper opens the order.")
    return _refused(request, why, "last_guess", _("My last guess"))


def _no_draw(request: HttpRequest, here: Situation) -> HttpResponse | None:
    if here.is_over:
        why = _("The trial is over. No order was drawn, so there is nothing to open.")
        return _refused(request, why)
    if not here.draw_is_open:
        return _refused(request, _("Your helper draws the order when the dose is fixed."))
    if here.screened not in ("not needed", "fit"):
        why = _("First answer the safety questions again. Your last answers do not count any more.")
        return _refused(request, why, "trial_screening", _("Safety questions"))
    return None


def _refused(request: HttpRequest, why: str, go: str = "tonight", label: str = "") -> HttpResponse:
    label = label or _("Back to Tonight")
    return not_now(request, title=_("Your helper"), why=why, go=go, label=label)
