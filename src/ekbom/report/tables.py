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
from ekbom.protocol.model import Outcome
from ekbom.report.markup import Markup, Part, joined, table, tag
from ekbom.report.words import amount, number, p_value, percent

NOTHING = "–"


def number_table(verdict: TrialVerdict, found: OutcomeVerdict) -> Markup | None:
    """Return effect, probabilities and randomisation test of one outcome, ``None`` without any."""
    protocol = verdict.trial.protocol
    caption = (
        f"{capital(found.outcome.name)}: {protocol.treatment.label} minus "
        f"{protocol.reference.label}, in {found.outcome.unit}; {found.outcome.direction} is better"
    )
    rows = [*_effect_rows(found), *_probability_rows(found), *_test_rows(found)]
    return (
        table(caption=caption, head=("Number", "Value"), rows=rows, kind="pairs") if rows else None
    )


def night_table(found: OutcomeVerdict) -> Markup:
    """Return where the planned nights (or periods) of one outcome went."""
    nights = found.nights
    what = "nights" if found.outcome.schedule == "nightly" else "periods"
    rows = (
        ("Planned", str(nights.planned)),
        ("Analysed", str(nights.analysed)),
        ("Not analysed, by the plan", str(nights.unanalysed)),
        ("Without a report", str(nights.missing)),
        ("Left out for another reason", str(nights.excluded)),
    )
    caption = f"Where the {what} of the periods went" if what == "nights" else "Reports of periods"
    return table(caption=caption, head=(capital(what), "Count"), rows=rows, kind="pairs")


def period_table(verdict: TrialVerdict, found: OutcomeVerdict) -> Markup:
    """Return every period with its analysed reports."""
    labels = {t.name: t.label for t in verdict.trial.protocol.treatments}
    rows = [_period_row(period, labels, found.outcome) for period in found.periods]
    caption = f"Every period: analysed reports of {found.outcome.name}, in {found.outcome.unit}"
    head = ("Period", "Nights", "Reports", "Mean (sd)")
    return table(caption=caption, head=head, rows=rows, kind="periods")


def other_table(verdict: TrialVerdict, others: tuple[OutcomeVerdict, ...]) -> Markup:
    """Return the secondary outcomes that have an effect, one a row."""
    protocol = verdict.trial.protocol
    count = sum(o.role == "secondary" for o in protocol.outcomes)
    caption = (
        f"{capital(protocol.treatment.label)} minus {protocol.reference.label}. Each is one of "
        f"{count} secondary outcomes, not adjusted for their number; none changes the answer above."
    )
    rows = [_other_row(found) for found in others]
    head = ("Outcome", "Effect (95 % interval)", "Better by the MID", "Worse by the MID")
    return table(caption=caption, head=head, rows=rows, kind="others")


def side_effect_table(verdict: TrialVerdict) -> Markup:
    """Return each side effect on both treatments, over all randomised nights."""
    protocol = verdict.trial.protocol
    rows = [
        (_plain(item.id), *(_nights(c) for c in item.treatments), _difference(item))
        for item in verdict.side_effects.items
    ]
    caption = (
        "Nights with it, of nights answered, and its worst grade; the difference in the share of "
        "nights, with the p of the randomisation test"
    )
    head = ("Complaint", protocol.treatment.label, protocol.reference.label, "Difference")
    return table(caption=caption, head=head, rows=rows, kind="complaints")


def titration_table(verdict: TrialVerdict) -> Markup | None:
    """Return side effects while the dose was being found, or ``None`` if nothing was answered."""
    items = [item for item in verdict.side_effects.items if item.titration.reported]
    if not items:
        return None
    rows = [(_plain(item.id), _nights(item.titration)) for item in items]
    caption = "Apart: while the dose was being found, before the periods"
    return table(caption=caption, head=("Complaint", "Nights"), rows=rows, kind="pairs")


def incident_table(verdict: TrialVerdict) -> Markup | None:
    """Return holds, step-downs, ends and emergencies, or ``None`` if there were none."""
    labels = {t.name: t.label for t in verdict.trial.protocol.treatments}
    found = verdict.side_effects.incidents
    if not any(i.holds or i.step_downs or i.ends or i.emergencies for i in found):
        return None
    rows = (
        (what, *(str(getattr(i, field)) for i in found))
        for what, field in (
            ("Dose held", "holds"),
            ("Dose stepped down", "step_downs"),
            ("Ended for side effects", "ends"),
            ("Emergency", "emergencies"),
        )
    )
    head = ("What happened", *(labels[i.treatment] for i in found))
    return table(caption="What side effects led to", head=head, rows=rows, kind="incidents")


def dose_table(verdict: TrialVerdict) -> Markup:
    """Return how many randomised nights had their dose as planned."""
    doses = verdict.doses
    rows = [
        ("Planned", str(doses.planned)),
        ("In full", str(doses.full)),
        ("In part", str(doses.partial)),
        ("Left out", str(doses.left_out)),
        ("Not recorded", str(doses.unrecorded)),
    ]
    if doses.mg is not None:
        rows.append(("Milligrams taken in all, as logged", f"{doses.mg:,.0f}"))
    caption = "Doses on the nights of the periods, treatment and reference alike"
    return table(caption=caption, head=("Doses", "Count"), rows=rows, kind="pairs")


def capital(text: str) -> str:
    """Return a text that begins with a capital letter."""
    return text[:1].upper() + text[1:]


def _effect_rows(found: OutcomeVerdict) -> Iterator[tuple[str, str]]:
    outcome = found.outcome
    if found.effect is not None:
        yield "Best estimate", number(found.effect.mean, outcome)
        yield "95 % interval", _interval(found.effect, outcome)
    if found.effect_full_exposure is not None:
        full = found.effect_full_exposure
        said = f"{number(full.mean, outcome)} ({_interval(full, outcome)})"
        yield "At full exposure, extrapolated", said


def _probability_rows(found: OutcomeVerdict) -> Iterator[tuple[str, str]]:
    if found.probability is None:
        return
    yield "Probability of any benefit", percent(found.probability.better)
    known = {found.outcome.mid: found.probability, **(found.further or {})}
    for mid, chance in known.items():
        size = amount(mid, found.outcome)
        yield f"Probability of better by more than {size}", percent(chance.benefit)
        yield f"Probability of less than {size} either way", percent(chance.negligible)
        yield f"Probability of worse by more than {size}", percent(chance.harm)


def _test_rows(found: OutcomeVerdict) -> Iterator[tuple[str, str]]:
    test = found.randomisation
    for name, p in (
        ("Randomisation p, two-sided", test.p),
        ("Randomisation p towards better", test.p_benefit),
        ("Randomisation p towards worse", test.p_harm),
        ("Smallest two-sided p of this design", test.smallest_p),
    ):
        if p is not None:
            yield name, p_value(p)
    if test.interval is not None and test.interval_level is not None:
        low, high = (number(end, found.outcome) for end in test.interval)
        yield (
            f"{test.interval_level:.1%} interval by randomisation".replace("%", " %"),
            (f"{low} to {high}"),
        )


def _interval(effect: Effect, outcome: Outcome) -> str:
    low, high = effect.interval95
    return f"{number(low, outcome)} to {number(high, outcome)}"


def _period_row(
    period: PeriodSummary, labels: dict[str, str], outcome: Outcome
) -> tuple[Part, ...]:
    first, last = period.first, period.last
    named = joined([f"{period.period} ", tag("small", labels[period.treatment])])
    nights = f"{first.day} {first:%b} to {last.day} {last:%b %Y}"
    if period.mean is None:
        return named, nights, str(period.reports), NOTHING
    spread = NOTHING if period.sd is None else number(period.sd, outcome)
    return named, nights, str(period.reports), f"{number(period.mean, outcome)} ({spread})"


def _other_row(found: OutcomeVerdict) -> tuple[Part, ...]:
    outcome = found.outcome
    about = f"{outcome.unit}, {outcome.direction} is better, MID {amount(outcome.mid, outcome)}"
    named = joined([capital(outcome.name), " ", tag("small", about)])
    if found.effect is None or found.probability is None:
        return named, found.reason or "nothing to estimate", NOTHING, NOTHING
    said = f"{number(found.effect.mean, outcome)} ({_interval(found.effect, outcome)})"
    return named, said, percent(found.probability.benefit), percent(found.probability.harm)


def _difference(item: SideEffectSummary) -> Markup:
    share = item.difference
    signed = NOTHING if share is None else f"{100 * share:+.0f} %".replace("-", "\N{MINUS SIGN}")
    p = "no p" if item.p is None else f"p {p_value(item.p)}"
    few = (tag("small", "few data"),) if item.few_data else ()
    return joined([signed, " ", tag("small", p), *few])


def _nights(found: Complaints) -> Part:
    if not found.reported:
        return "not asked"
    counts = f"{found.present} of {found.reported}"
    if not found.present or found.worst is None:
        return counts
    return joined([counts, " ", tag("small", f"worst {found.worst:g}")])


def _plain(name: str) -> str:
    return capital(name.replace("_", " "))
