"""Verdicts made by hand, for whatever shows a verdict; nothing in them is fitted."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import numpy as np

from ekbom.analysis.decision import CANNOT_TELL, HELPS, probability_of
from ekbom.analysis.mixture import Mixture
from ekbom.analysis.randomisation_result import RandomisationResult
from ekbom.analysis.result import (
    Check,
    Complaints,
    DosesTaken,
    Effect,
    Incidents,
    Looks,
    NightCounts,
    OutcomeVerdict,
    SideEffects,
    SideEffectSummary,
    TrialVerdict,
)
from ekbom.analysis.schedule import Schedule, lay_out
from ekbom.analysis.sufficiency import count_nights, summarise_periods
from ekbom.diary.diary import Diary, Night
from ekbom.protocol.files import built_in, content_hash
from ekbom.protocol.model import LivedPeriod, Outcome, Protocol
from ekbom.trial.events import chain_event
from ekbom.trial.folder import ANALYSIS_VERSION, Trial
from ekbom.trial.place import Folder

ORDER = ["magnesium", "placebo", "placebo", "magnesium", "placebo", "magnesium"] * 2
HOSTILE = "<script>alert('urge & \"more\"')</script>"


@dataclass(frozen=True)
class Sample:
    """What a hand-made verdict is made from; ``effect`` is treatment minus reference."""

    protocol: Protocol
    order: tuple[str, ...]
    start: date = date(2026, 1, 5)
    effect: float = -1.8
    sd: float = 0.45
    seed: int = 1945
    missing: float = 0.12
    baseline: bool = True


def relief() -> TrialVerdict:
    """Return a trial of six pairs, 7 + 7 nights, in which magnesium helps."""
    return verdict_of(Sample(built_in("magnesium-rls-fast"), tuple(ORDER)))


def long_trial() -> TrialVerdict:
    """Return a trial of three pairs, 28 + 28 nights, that cannot tell yet."""
    protocol = built_in("magnesium-rls")
    return verdict_of(Sample(protocol, tuple(ORDER[:6]), effect=-0.3, sd=0.8, seed=7))


def mood(*, periods: int = 34) -> TrialVerdict:
    """Return an imported trial: ratings from 1 to 5, higher is better, days without a period."""
    fast = built_in("magnesium-rls-fast")
    start = date(2013, 8, 27)
    lived = []
    first = start
    for position in range(1, periods + 1):
        length = 2 if position in (19, 20) else 6
        last = first + timedelta(days=length - 1)
        lived.append(LivedPeriod(position=position, first=first, last=last))
        first = last + timedelta(days=36 if position == 24 else 2 if position % 9 == 0 else 1)
    design = replace(
        fast.design, pairs=periods // 2, period_nights=6, unanalysed_nights=0, lived=tuple(lived)
    )
    outcome = replace(
        fast.primary,
        id="mood",
        label="mood",
        question="How was the day, from 1 (bad) to 5 (good)?",
        direction="higher",
        minimum=1,
        maximum=5,
        prior_range=4,
        mid=0.5,
    )
    protocol = replace(
        fast, title="Magnesium and mood", outcomes=(outcome,), design=design, imported=True
    )
    order = tuple(np.resize(ORDER, periods))
    return verdict_of(
        Sample(protocol, order, start, effect=-0.12, sd=0.1, missing=0.02, baseline=False)
    )


def untested() -> TrialVerdict:
    """Return a trial whose order was not drawn by chance, so that there is no test."""
    verdict = relief()
    reason = "the order of treatments was not drawn by chance"
    return with_primary(
        verdict,
        randomisation=RandomisationResult(1, True, reason=reason),
        verdict=CANNOT_TELL,
        because=("randomisation_test_possible",),
    )


def unanswered() -> TrialVerdict:
    """Return a trial in which nobody answered anything."""
    verdict = verdict_of(Sample(built_in("magnesium-rls-fast"), tuple(ORDER), missing=1.1))
    return with_primary(
        verdict,
        effect=None,
        effect_full_exposure=None,
        probability=None,
        theta=None,
        verdict=CANNOT_TELL,
        because=("too_few_nights",),
        reason="0 nights are too few",
        randomisation=RandomisationResult(64, True, reason="there are no analysed reports"),
    )


def hostile() -> TrialVerdict:
    """Return a trial whose every free text tries to be markup."""
    fast = built_in("magnesium-rls-fast")
    treatments = tuple(replace(t, label=HOSTILE + t.name) for t in fast.treatments)
    outcomes = tuple(replace(o, question=HOSTILE, unit=HOSTILE) for o in fast.outcomes)
    protocol = replace(fast, treatments=treatments, outcomes=outcomes, title=HOSTILE)
    return verdict_of(Sample(protocol, tuple(ORDER)))


def with_primary(whole: TrialVerdict, /, **changes: object) -> TrialVerdict:
    """Return the verdict with some fields of its primary outcome changed."""
    name = whole.trial.protocol.primary.id
    found = replace(whole.outcomes[name], **changes)
    return replace(whole, outcomes={**whole.outcomes, name: found})


def primary(verdict: TrialVerdict) -> OutcomeVerdict:
    """Return what the verdict says about its primary outcome."""
    return verdict.outcomes[verdict.trial.protocol.primary.id]


def null_test(
    *, sequences: int, statistic: float, seed: int = 1, lower_is_better: bool = True
) -> RandomisationResult:
    """Return a test whose null statistics are normal and lie evenly about 0."""
    half = np.random.default_rng(seed).normal(size=(sequences - 2) // 2)
    null = np.concatenate([half, -half, [statistic, -statistic]])
    below, above = np.mean(null <= statistic), np.mean(null >= statistic)
    return RandomisationResult(
        sequences=len(null),
        exact=True,
        p=float(np.mean(np.abs(null) >= abs(statistic))),
        p_benefit=float(below if lower_is_better else above),
        p_harm=float(above if lower_is_better else below),
        smallest_p=2 / len(null),
        smallest_p_one_sided=1 / len(null),
        statistic=statistic,
        interval=(-2.9, -0.4),
        interval_level=0.953,
        null_statistics=null,
        null_weights=np.full(len(null), 1 / len(null)),
    )


def verdict_of(sample: Sample) -> TrialVerdict:
    """Return the verdict that a sample describes."""
    empty = _trial(sample)
    calendar = empty.calendar()
    schedule = lay_out(trial=empty, calendar=calendar, treatments=sample.order)
    trial = replace(empty, diary=_diary(sample, schedule))
    outcomes = {o.id: _outcome(sample, trial, schedule, o) for o in sample.protocol.outcomes}
    return TrialVerdict(
        trial=trial,
        schedule=schedule,
        outcomes=outcomes,
        side_effects=_side_effects(sample.protocol),
        looks=Looks(declared=0, taken=0, unplanned=0),
        doses=DosesTaken(planned=84, full=75, partial=2, left_out=3, unrecorded=4, mg=7800.0),
    )


def _trial(sample: Sample) -> Trial:
    zone = "Europe/Berlin"
    evening = datetime(sample.start.year, sample.start.month, sample.start.day, 9, tzinfo=UTC)
    events = []
    for kind, days, detail in (
        ("dose fixed", 28, {"mg": 200.0, "capsules": 2.0}),
        ("packs ready", 35, {}),
    ):
        instant = evening + timedelta(days=days)
        events.append(chain_event(events, kind=kind, detail=detail, instant=instant, zone=zone))
    return Trial(
        place=Folder(Path("nowhere")),
        protocol=sample.protocol,
        protocol_hash=content_hash(sample.protocol),
        analysis=ANALYSIS_VERSION,
        start=sample.start,
        zone=zone,
        events=tuple(events),
    )


def _diary(sample: Sample, schedule: Schedule) -> Diary:
    rng = np.random.default_rng(sample.seed)
    outcome = sample.protocol.primary
    centre = 0.55 * (outcome.minimum + outcome.maximum)
    spread = 0.14 * (outcome.maximum - outcome.minimum)
    level = centre + sample.effect * schedule.treated + spread * rng.normal(size=len(schedule.dose))
    rating = np.clip(np.rint(level), outcome.minimum, outcome.maximum)
    asked = schedule.randomised | (
        sample.baseline & (np.arange(len(rating)) < sample.protocol.phases.baseline_nights)
    )
    given = asked & (rng.random(len(rating)) >= sample.missing)
    return Diary(
        tuple(
            Night(day, {outcome.id: float(value)})
            for day, value, there in zip(schedule.dates, rating, given, strict=True)
            if there
        )
    )


def _outcome(sample: Sample, trial: Trial, schedule: Schedule, outcome: Outcome) -> OutcomeVerdict:
    if outcome.kind == "impression":
        return _impressions(outcome)
    scale = outcome.prior_range / sample.protocol.primary.prior_range
    sign = 1 if outcome.direction == sample.protocol.primary.direction else -1
    theta = Mixture(
        np.array([0.7, 0.3]),
        sign * scale * np.array([sample.effect * 1.05, sample.effect * 0.85]),
        scale * np.array([sample.sd * 0.9, sample.sd * 1.2]),
    )
    higher = outcome.direction == "higher"
    main = outcome.role == "primary"
    value = trial.diary.values(outcome.id, dates=schedule.dates)
    use = schedule.randomised & schedule.analysed
    return OutcomeVerdict(
        outcome=outcome,
        effect=Effect.of(theta, outcome=outcome),
        effect_full_exposure=Effect.of(theta.scaled(1.15), outcome=outcome),
        probability=probability_of(oriented=theta.scaled(1.0 if higher else -1.0), mid=outcome.mid),
        randomisation=null_test(
            sequences=64, statistic=sign * sample.effect * 1.4, lower_is_better=not higher
        ),
        nights=count_nights(schedule=schedule, value=value, use=use),
        checks=_checks() if main else (),
        verdict=(HELPS if sample.effect < -1 else CANNOT_TELL) if main else None,
        but_not=("if the onset were slower (about 10 nights)",)
        if main and sample.effect < -1
        else (),
        theta=theta,
        periods=summarise_periods(
            protocol=sample.protocol, schedule=schedule, value=value, use=use
        ),
    )


def _impressions(outcome: Outcome) -> OutcomeVerdict:
    return OutcomeVerdict(
        outcome=outcome,
        effect=None,
        effect_full_exposure=None,
        probability=None,
        randomisation=RandomisationResult(64, True, p=0.25),
        nights=NightCounts(12, 11, 0, 1, 0),
        checks=(),
        verdict=None,
        reason="shown as counts",
        impressions={"magnesium": {2: 4, 3: 2}, "placebo": {3: 1, 4: 4}},
    )


def _checks() -> tuple[Check, ...]:
    return (
        Check("pairs_with_enough_reports", 5, 2, True, "none"),
        Check("missing_share", 0.1166, 0.4, True, "none"),
        Check("reported_share_gap", 0.05, 0.2, True, "none"),
        Check("posterior_sd_over_prior_sd", 0.31, 0.5, True, "none"),
        Check("randomisation_p_attainable", 1 / 64, 0.05, True, "none"),
        Check("randomisation_agrees", 1 / 64, 0.05, True, "none"),
        Check("sensitivity_effect_prior_0.1R", 0.991, 0.975, True, "none"),
        Check("sensitivity_first_7_unanalysed", None, None, True, "none: too few nights to run it"),
        Check("sensitivity_slow_onset", 0.951, 0.975, False, "but not if: it says cannot tell yet"),
        Check("share_at_minimum", 0.02, None, True, "none"),
        Check("unplanned_looks", 0, 0, True, "none"),
        Check("blinded", 0, 1, False, "none: expectation may be part of the effect"),
    )


def _side_effects(protocol: Protocol) -> SideEffects:
    items = tuple(
        SideEffectSummary(
            id=item.id,
            treatments=(
                Complaints("magnesium", 38, 9 - 2 * i, 3.0),
                Complaints("placebo", 36, 2, 2.0),
            ),
            titration=Complaints("titration", 13, 3, 2.0),
            difference=(9 - 2 * i) / 38 - 2 / 36,
            p=0.0625 * (1 + i),
            few_data=i == 1,
        )
        for i, item in enumerate(protocol.side_effects)
    )
    return SideEffects(
        items,
        (Incidents("magnesium", 1, 0, 0, 0), Incidents("placebo", 0, 0, 0, 0)),
    )
