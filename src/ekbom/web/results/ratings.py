"""One's own ratings, night by night; seen before the last guess, that is put on record."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from django.http import HttpRequest, HttpResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from ekbom.language import say
from ekbom.protocol.model import Outcome
from ekbom.report.measures import unit_words
from ekbom.trial.folder import Trial
from ekbom.trial.happened import last_of
from ekbom.web.access import Visit, for_diary
from ekbom.web.course.guesses import SkipForm
from ekbom.web.course.sending import is_taken, logged, posted, shown


@dataclass(frozen=True, slots=True)
class Ratings:
    """The answers to one question, the newest night first."""

    name: str
    question: str
    unit: str
    primary: bool
    nights: tuple[tuple[date, float], ...]


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@for_diary
def ratings(request: HttpRequest, visit: Visit) -> HttpResponse:
    """Say what it costs to look; asked for by the button, put it on record and show them."""
    page = "ekbom/results/ratings.html"
    if not visit.row.registered or _is_free(visit.trial):
        return shown(request, page, tables=tuple(_tables(visit.trial)))
    form = SkipForm(posted(request))
    if form.is_bound and is_taken(visit, form, lambda t: logged(t, visit, "ratings seen")):
        return shown(request, page, tables=tuple(_tables(visit.trial)))
    return shown(request, "ekbom/results/ratings_cost.html", form=form)


def _is_free(trial: Trial) -> bool:
    """Return whether nothing that the person could still say hangs on what they see."""
    kinds = ("last guess", "unblinding")
    return trial.protocol.imported or any(last_of(trial.events, kind) for kind in kinds)


def _tables(trial: Trial) -> Iterator[Ratings]:
    outcomes = sorted(trial.protocol.outcomes, key=lambda o: o.role != "primary")
    return (_table(trial, outcome) for outcome in outcomes)


def _table(trial: Trial, outcome: Outcome) -> Ratings:
    found = ((n.date, n.answers[outcome.id]) for n in trial.diary.nights if outcome.id in n.answers)
    nights = tuple(sorted(found, reverse=True))
    primary = outcome.role == "primary"
    return Ratings(
        say(outcome.name), say(outcome.question), unit_words(outcome.unit), primary, nights
    )
