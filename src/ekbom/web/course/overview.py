"""The trial as it was registered, its calendar, and what happened so far."""

from __future__ import annotations

from collections.abc import Iterator

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from ekbom.guide.situation import situation_of
from ekbom.language import retell, say
from ekbom.protocol.model import Protocol
from ekbom.report.plan_words import OPEN_COST, describe_protocol
from ekbom.report.words import amount
from ekbom.trial.folder import Trial
from ekbom.trial.happened import last_of
from ekbom.web.access import Visit, for_trial
from ekbom.web.course.event_words import told
from ekbom.web.course.phases import stretches
from ekbom.web.course.sending import shown


@require_safe
@for_trial
def trial(request: HttpRequest, visit: Visit) -> HttpResponse:
    """Show the plan in words, the dates as now expected, and what happened."""
    found, here = visit.trial, situation_of(trial=visit.trial, now=visit.now)
    running = not found.protocol.imported and not here.is_over
    return shown(
        request,
        "ekbom/course/trial.html",
        trial=found,
        facts=tuple(_facts(found.protocol)),
        summary=retell(found.protocol.summary.strip()),
        plan=tuple(describe_protocol(found.protocol)),
        cost=say(OPEN_COST) if found.protocol.blinding == "open" else "",
        fixed=found.fixed_dose(),
        stretches=stretches(trial=found, calendar=here.calendar),
        tonight=here.night,
        events=told(found),
        running=running,
        paused=here.place.phase == "paused",
        way=found.protocol.blinding,
        buying=_is_buying(found),
        drawn=last_of(found.events, "randomised") is not None,
        swallowed=found.protocol.dose is not None,
    )


def _is_buying(trial: Trial) -> bool:
    """Return whether the person still has capsules to buy; a clinic buys them itself."""
    plan = trial.protocol
    made = last_of(trial.events, "packs ready") is not None
    return plan.dose is not None and plan.blinding != "clinic" and not made


def _facts(protocol: Protocol) -> Iterator[tuple[str, str]]:
    """Yield what the trial is about, in a few lines."""
    yield (
        _("Question"),
        _("Does %(treatment)s do more than %(reference)s?")
        % {"treatment": say(protocol.treatment.label), "reference": say(protocol.reference.label)},
    )
    primary = protocol.primary
    yield _("What decides"), say(primary.question)
    yield (
        _("A difference that counts"),
        _("%(amount)s or more") % {"amount": amount(primary.mid, primary)},
    )
    if protocol.dose is not None:
        steps = ", ".join(f"{mg:g}" for mg in protocol.dose.ladder)
        yield _("Doses"), _("%(steps)s mg of magnesium a night") % {"steps": steps}
        yield (
            _("Limit"),
            _("%(mg)g mg a day from all supplements") % {"mg": protocol.dose.limit_mg},
        )
