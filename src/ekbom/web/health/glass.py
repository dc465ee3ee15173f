"""Breaking the blind in an emergency: what to do stands first, then the way to a pack's content."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from datetime import datetime

from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from ekbom.guide.break_glass import (
    ANY_WAY,
    is_broken,
    pack_in_use,
    packs_broken,
    way_to_answer,
    with_glass_broken,
)
from ekbom.guide.situation import situation_of
from ekbom.language import say
from ekbom.protocol.periods import period_count
from ekbom.report.break_glass_words import MEANS, RECORDED, advice_words, line_words
from ekbom.trial.folder import Trial
from ekbom.trial.happened import last_of
from ekbom.web import present
from ekbom.web.access import person_of
from ekbom.web.health.signs import is_forged, public_page
from ekbom.web.models import TrialRow
from ekbom.web.store import change, current_row, load

_LOG = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Glass:
    """What the page says of a trial, or in general.

    ``packs``: how many there are; ``offered``: a tap puts it on record; ``stopped``: it keeps the
    capsules away now; ``listed``: another page has the packing list.
    """

    advice: tuple[str, ...]
    ways: tuple[str, ...]
    pack: int | None = None
    packs: int = 0
    offered: bool = False
    recorded: str = ""
    stopped: bool = False
    listed: bool = False


# A form from a page that was kept for days is answered too: its token only decides whether what it
# says is written down.
@csrf_exempt
@require_http_methods(["GET", "HEAD", "POST"])
def break_glass(request: HttpRequest) -> HttpResponse:
    """Say what to do at once, to everybody; then the way, and put it on record by a tap."""
    try:
        person = person_of(request)
        row = None if person is None else current_row(person)
        if row is not None and row.registered:
            return _of_trial(request, row, now=present.now())
    except Exception:  # noqa: BLE001 - nothing at all may come before the advice
        _LOG.error("a trial could not be read where its blind was to be broken")
    return glass_without_record(request)


def glass_without_record(request: HttpRequest) -> HttpResponse:
    """Say what to do and every way there is, and ask nothing of the database."""
    ways = tuple(say(way) for way in ANY_WAY)
    return _shown(request, Glass(advice_words(None), ways), failed=request.method == "POST")


def is_breakable(trial: Trial, *, now: datetime) -> bool:
    """Return whether there is a pack whose content is not known, so that the page concerns it."""
    opened = last_of(trial.events, "unblinding") is not None
    return not opened and pack_in_use(trial=trial, now=now) is not None


def _of_trial(request: HttpRequest, row: TrialRow, *, now: datetime) -> HttpResponse:
    trial = load(row, now=now)
    asked = request.POST if request.method == "POST" else request.GET
    pack = _pack(trial, asked, now=now)
    if request.method == "POST" and pack is not None and not is_forged(request):
        try:
            change(row, lambda t: with_glass_broken(t, pack=pack, now=now), now=now)
        except Exception:  # noqa: BLE001 - a fault in writing it down must not hide the way
            _LOG.error("a broken blind could not be put on record")
        else:
            return redirect(f"{reverse('break_glass')}?pack={pack}")
    return _shown(request, _glass(trial, pack, now=now), failed=request.method == "POST")


def _pack(trial: Trial, asked: QueryDict, *, now: datetime) -> int | None:
    """Return the pack that is asked about, else the one in use; ``None`` before the first one."""
    in_use = pack_in_use(trial=trial, now=now)
    named = asked.get("pack", "")
    known = map(str, range(1, period_count(trial.protocol.design) + 1))
    return int(named) if in_use is not None and named in known else in_use


def _glass(trial: Trial, pack: int | None, *, now: datetime) -> Glass:
    way = line_words(way_to_answer(trial=trial, pack=pack, reader="pages"))
    told, here = pack in packs_broken(trial), situation_of(trial=trial, now=now)
    return Glass(
        advice=advice_words(trial.protocol),
        ways=(way,),
        pack=pack,
        packs=0 if pack is None else period_count(trial.protocol.design),
        offered=pack is not None and not is_broken(trial=trial, pack=pack),
        recorded=f"{say(RECORDED, pack=pack)} {say(MEANS)}" if told else "",
        stopped=told and here.kept_away and not here.is_over,
        listed=trial.protocol.blinding == "open" and pack is not None,
    )


def _shown(request: HttpRequest, glass: Glass, *, failed: bool) -> HttpResponse:
    return public_page(request, "ekbom/health/glass.html", glass=glass, failed=failed)
