"""The tables of a verdict: numbers, nights, periods, other outcomes, side effects and doses."""

from __future__ import annotations

from collections.abc import Iterator

from ekbom.analysis.result import (
    Complaints,
    Effect,
    OutcomeVerdict,
    PeriodSummary,
    SideEffectSummary,
    TrialVerdict,
)
from ekbom.language import figure, retell, say
from ekbom.protocol.model import Outcome
from ekbom.report.markup import Markup, Part, joined, table, tag
from ekbom.report.measures import NO_ESTIMATE, better_words, capital, month_day, unit_words
from ekbom.report.words import amount, number, p_value, percent

NOTHING = "–"


def number_table(verdict: TrialVerdict, found: OutcomeVerdict) -> Markup | None:
    """Return effect, probabilities and randomisation test of one outcome, ``None`` without any."""
    protocol = verdict.trial.protocol
    caption = say(
        "{outcome}: {treatment} minus {reference}, in {unit}; {better}",
        outcome=capital(say(found.outcome.name)),
        treatment=say(protocol.treatment.label),
        reference=say(protocol.reference.label),
        unit=unit_words(found.outcome.unit),
        better=better_words(found.outcome),
    )
    rows = [*_effect_rows(found), *_probability_rows(found), *_test_rows(found)]
    head = (say("Number"), say("Value"))
    return table(caption=caption, head=head, rows=rows, kind="pairs") if rows else None


def night_table(found: OutcomeVerdict) -> Markup:
    """Return where the planned nights (or periods) of one outcome went."""
    nights = found.nights
    nightly = found.outcome.schedule == "nightly"
    rows = (
        (say("Planned"), str(nights.planned)),
        (say("Analysed"), str(nights.analysed)),
        (say("Not analysed, by the plan"), str(nights.unanalysed)),
        (say("Without a report"), str(nights.missing)),
        (say("Left out for another reason"), str(nights.excluded)),
    )
    caption = say("Where the nights of the periods went") if nightly else say("Reports of periods")
    head = (say("Nights") if nightly else say("Periods"), say("Count"))
    return table(caption=caption, head=head, rows=rows, kind="pairs")


def period_table(verdict: TrialVerdict, found: OutcomeVerdict) -> Markup:
    """Return every period with its analysed reports."""
    labels = {t.name: say(t.label) for t in verdict.trial.protocol.treatments}
    rows = [_period_row(period, labels, found.outcome) for period in found.periods]
    caption = say(
        "Every period: analysed reports of {outcome}, in {unit}",
        outcome=say(found.outcome.name),
        unit=unit_words(found.outcome.unit),
    )
    head = (say("Period"), say("Nights"), say("Reports"), say("Mean (sd)"))
    return table(caption=caption, head=head, rows=rows, kind="periods")


def other_table(verdict: TrialVerdict, others: tuple[OutcomeVerdict, ...]) -> Markup:
    """Return the secondary outcomes that have an effect, one a row."""
    protocol = verdict.trial.protocol
    count = sum(o.role == "secondary" for o in protocol.outcomes)
    caption = say(
        "{treatment} minus {reference}. Each is one of {count} secondary outcomes, not adjusted "
        "for their number; none changes the answer above.",
        treatment=capital(say(protocol.treatment.label)),
        reference=say(protocol.reference.label),
        count=count,
    )
    rows = [_other_row(found) for found in others]
    head = (
        say("Outcome"),
        say("Effect (95 % interval)"),
        say("Better by the MID"),
        say("Worse by the MID"),
    )
    return table(caption=caption, head=head, rows=rows, kind="others")


def side_effect_table(verdict: TrialVerdict) -> Markup:
    """Return each side effect on both treatments, over all randomised nights."""
    protocol = verdict.trial.protocol
    rows = [
        (_plain(item.id), *(_nights(c) for c in item.treatments), _difference(item))
        for item in verdict.side_effects.items
    ]
    caption = say(
        "Nights with it, of nights answered, and its worst grade; the difference in the share of "
        "nights, with the p of the randomisation test"
    )
    labels = (say(protocol.treatment.label), say(protocol.reference.label))
    head = (say("Complaint"), *labels, say("Difference"))
    return table(caption=caption, head=head, rows=rows, kind="complaints")


def titration_table(verdict: TrialVerdict) -> Markup | None:
    """Return side effects while the dose was being found, or ``None`` if nothing was answered."""
    items = [item for item in verdict.side_effects.items if item.titration.reported]
    if not items:
        return None
    rows = [(_plain(item.id), _nights(item.titration)) for item in items]
    caption = say("Apart: while the dose was being found, before the periods")
    head = (say("Complaint"), say("Nights"))
    return table(caption=caption, head=head, rows=rows, kind="pairs")


def incident_table(verdict: TrialVerdict) -> Markup | None:
    """Return holds, step-downs, ends and emergencies, or ``None`` if there were none."""
    labels = {t.name: say(t.label) for t in verdict.trial.protocol.treatments}
    found = verdict.side_effects.incidents
    if not any(i.holds or i.step_downs or i.ends or i.emergencies for i in found):
        return None
    rows = (
        (what, *(str(getattr(i, field)) for i in found))
        for what, field in (
            (say("Dose held"), "holds"),
            (say("Dose stepped down"), "step_downs"),
            (say("Ended early, for any reason"), "ends"),
            (say("Emergency"), "emergencies"),
        )
    )
    head = (say("What happened"), *(labels[i.treatment] for i in found))
    return table(
        caption=say("Holds, lower doses, ends and emergencies"),
        head=head,
        rows=rows,
        kind="incidents",
    )


def dose_table(verdict: TrialVerdict) -> Markup:
    """Return how many randomised nights had their dose as planned."""
    doses = verdict.doses
    rows = [
        (say("Planned"), str(doses.planned)),
        (say("In full"), str(doses.full)),
        (say("In part"), str(doses.partial)),
        (say("Left out"), str(doses.left_out)),
        (say("Not recorded"), str(doses.unrecorded)),
    ]
    if doses.mg is not None:
        rows.append((say("Milligrams taken in all, as logged"), figure(doses.mg, ",.0f")))
    caption = say("Doses on the nights of the periods, treatment and reference alike")
    return table(caption=caption, head=(say("Doses"), say("Count")), rows=rows, kind="pairs")


def _effect_rows(found: OutcomeVerdict) -> Iterator[tuple[str, str]]:
    outcome = found.outcome
    if found.effect is not None:
        yield say("Best estimate"), number(found.effect.mean, outcome)
        yield say("95 % interval"), _interval(found.effect, outcome)
    if found.effect_full_exposure is not None:
        full = found.effect_full_exposure
        said = f"{number(full.mean, outcome)} ({_interval(full, outcome)})"
        yield say("At full exposure, extrapolated"), said


def _probability_rows(found: OutcomeVerdict) -> Iterator[tuple[str, str]]:
    if found.probability is None:
        return
    yield say("Probability of any benefit"), percent(found.probability.better)
    known = {found.outcome.mid: found.probability, **(found.further or {})}
    for mid, chance in known.items():
        size = amount(mid, found.outcome)
        yield say("Probability of better by more than {size}", size=size), percent(chance.benefit)
        yield (
            say("Probability of less than {size} either way", size=size),
            percent(chance.negligible),
        )
        yield say("Probability of worse by more than {size}", size=size), percent(chance.harm)


def _test_rows(found: OutcomeVerdict) -> Iterator[tuple[str, str]]:
    test = found.randomisation
    for name, p in (
        (say("Randomisation p, two-sided"), test.p),
        (say("Randomisation p towards better"), test.p_benefit),
        (say("Randomisation p towards worse"), test.p_harm),
        (say("Smallest two-sided p of this design"), test.smallest_p),
    ):
        if p is not None:
            yield name, p_value(p)
    if test.interval is not None and test.interval_level is not None:
        low, high = (number(end, found.outcome) for end in test.interval)
        level = say("{level:.1f} % interval by randomisation", level=100 * test.interval_level)
        yield level, say("{low} to {high}", low=low, high=high)


def _interval(effect: Effect, outcome: Outcome) -> str:
    low, high = effect.interval95
    return say("{low} to {high}", low=number(low, outcome), high=number(high, outcome))


def _period_row(
    period: PeriodSummary, labels: dict[str, str], outcome: Outcome
) -> tuple[Part, ...]:
    first, last = period.first, period.last
    named = joined([f"{period.period} ", tag("small", labels[period.treatment])])
    nights = say(
        "{first} to {last} {year}", first=month_day(first), last=month_day(last), year=last.year
    )
    if period.mean is None:
        return named, nights, str(period.reports), NOTHING
    spread = NOTHING if period.sd is None else number(period.sd, outcome)
    return named, nights, str(period.reports), f"{number(period.mean, outcome)} ({spread})"


def _other_row(found: OutcomeVerdict) -> tuple[Part, ...]:
    outcome = found.outcome
    about = say(
        "{unit}, {better}, MID {mid}",
        unit=unit_words(outcome.unit),
        better=better_words(outcome),
        mid=amount(outcome.mid, outcome),
    )
    named = joined([capital(say(outcome.name)), " ", tag("small", about)])
    if found.effect is None or found.probability is None:
        return named, retell(found.reason or NO_ESTIMATE), NOTHING, NOTHING
    said = f"{number(found.effect.mean, outcome)} ({_interval(found.effect, outcome)})"
    return named, said, percent(found.probability.benefit), percent(found.probability.harm)


def _difference(item: SideEffectSummary) -> Markup:
    share = item.difference
    signed = NOTHING if share is None else f"{100 * share:+.0f} %".replace("-", "\N{MINUS SIGN}")
    p = say("no p") if item.p is None else f"p {p_value(item.p)}"
    few = (tag("small", say("few data")),) if item.few_data else ()
    return joined([signed, " ", tag("small", p), *few])


def _nights(found: Complaints) -> Part:
    if not found.reported:
        return say("not asked")
    counts = say("{present} of {reported}", present=found.present, reported=found.reported)
    if not found.present or found.worst is None:
        return counts
    return joined([counts, " ", tag("small", say("worst {grade:g}", grade=found.worst))])


def _plain(name: str) -> str:
    return capital(say(name.replace("_", " ")))
