"""What hindsight adds to the real trial of 2013-14: the published test, and other readings."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
from scipy.special import stdtr

from ekbom.analysis.estimate import Setting, estimate
from ekbom.analysis.exposure import Floats
from ekbom.analysis.judgement import oriented
from ekbom.analysis.randomisation import difference_test
from ekbom.analysis.randomisation_reference import reference_set
from ekbom.analysis.randomisation_result import RandomisationResult
from ekbom.analysis.result import OutcomeVerdict, TrialVerdict
from ekbom.design.pairs import RandomisedPairs
from ekbom.language import say
from ekbom.report.measures import unit_words
from ekbom.report.words import number, p_value, percent

PUBLISHED_P = 0.000201
"""p of the author's regression of rating on dose (examples/gwern-magnesium-citrate/SOURCE.md)."""

SLEEP = "sleep_minutes"
_HALVES = ((136.0, "136 mg"), (800.0, "800 mg"))


def hindsight_notes(verdict: TrialVerdict) -> tuple[str, ...]:
    """Return what a reader of the real trial must know, one paragraph each."""
    return (_published(verdict), _readings(verdict), _shifted_sleep(verdict))


def regression_p(verdict: TrialVerdict) -> float:
    """Return the two-sided p of the least-squares line of rating on logged dose.

    The same as the author's: 208 days taken as 208 independent ones.
    """
    value, dose = _logged(verdict)
    columns = np.column_stack([np.ones(len(dose)), dose])
    slopes, residual, *_ = np.linalg.lstsq(columns, value, rcond=None)
    freedom = len(value) - 2
    variance = float(residual[0]) / freedom * np.linalg.inv(columns.T @ columns)[1, 1]
    return float(2 * stdtr(freedom, -abs(slopes[1]) / np.sqrt(variance)))


def complete_pairs_test(verdict: TrialVerdict) -> RandomisationResult:
    """Return the exact test of the mean difference within the complete pairs alone."""
    blocks: dict[int | None, list[tuple[int, float]]] = {}
    treated = verdict.trial.protocol.treatment.name
    for period in _primary(verdict).periods:
        if period.mean is not None:
            code = int(period.treatment == treated)
            blocks.setdefault(period.block, []).append((code, period.mean))
    pairs = [pair for pair in blocks.values() if len(pair) == 2]
    flat = [period for pair in pairs for period in pair]
    design = RandomisedPairs(pairs=len(pairs))
    return difference_test(
        period=np.arange(len(flat)),
        value=np.array([mean for _, mean in flat]),
        block=np.arange(len(flat)) // 2,
        reference=reference_set(design=design, seed=0),
        observed=tuple(code for code, _ in flat),
        higher_is_better=_primary(verdict).outcome.direction == "higher",
    )


def _published(verdict: TrialVerdict) -> str:
    test = _primary(verdict).randomisation
    pairs = complete_pairs_test(verdict)
    return say(
        "The author published a regression of the rating on the dose with p = {own:.4f}. It takes "
        "208 days as 208 tosses of a coin, but there were only 17. Compared with the orders that "
        "chance could have drawn, p is {means} for the means of the 15 complete pairs (all "
        "{mean_orders:,} orders), and {studentised} for the studentised test (all {orders:,} "
        "orders). The published {published:.4f} does not survive the design.",
        own=regression_p(verdict),
        means=p_value(pairs.p or 1),
        mean_orders=pairs.sequences,
        studentised=p_value(test.p or 1),
        orders=test.sequences,
        published=PUBLISHED_P,
    )


def _readings(verdict: TrialVerdict) -> str:
    parts = [f"{words}: {text}" for words, text in _other_readings(verdict)]
    return say(
        "The same rating read otherwise, in hindsight: {readings}.", readings="; ".join(parts)
    )


def _other_readings(verdict: TrialVerdict) -> Iterator[tuple[str, str]]:
    mg = _mg(verdict)
    primary = setting_of(verdict, _primary(verdict))
    full = np.nanmax(mg)
    logged = replace(primary, dose=np.nan_to_num(mg) / full)
    yield say("with the dose as logged ({mg:g} mg as the full dose)", mg=full), _effect(logged)
    for amount, words in _HALVES:
        use = primary.use & np.isin(primary.schedule.block, _blocks_of(verdict, amount))
        yield say("the pairs logged at {mg} alone", mg=words), _effect(replace(primary, use=use))


def _shifted_sleep(verdict: TrialVerdict) -> str:
    found = verdict.outcomes[SLEEP]
    setting = setting_of(verdict, found)
    shifted = replace(setting, value=np.append(setting.value[1:], np.nan))
    return say(
        "The files do not say whether a recording's date is that of the evening or of the morning. "
        "Total sleep, with the date as the evening's: {evening}; with the date as the morning's, "
        "so one night earlier: {morning}.",
        evening=_effect(setting),
        morning=_effect(shifted),
    )


def setting_of(verdict: TrialVerdict, found: OutcomeVerdict) -> Setting:
    """Return the primary analysis of a nightly outcome, to be varied."""
    schedule, plan = verdict.schedule, verdict.trial.protocol.analysis
    return Setting(
        outcome=found.outcome,
        plan=plan,
        schedule=schedule,
        value=verdict.trial.diary.values(found.outcome.id, dates=schedule.dates),
        use=schedule.randomised & schedule.analysed & ~schedule.known,
        dose=schedule.dose,
        effect_sd=plan.effect_sd,
        tau_median=plan.tau_median,
    )


def _effect(setting: Setting) -> str:
    theta = estimate(setting).theta
    better = oriented(theta, outcome=setting.outcome).above(0.0)
    low, high = (number(theta.quantile(p), setting.outcome) for p in (0.025, 0.975))
    mean = number(theta.mean, setting.outcome)
    return say(
        "{mean} {unit} ({low} to {high}; probability of any benefit {better})",
        mean=mean,
        unit=unit_words(setting.outcome.unit),
        low=low,
        high=high,
        better=percent(better),
    )


def _primary(verdict: TrialVerdict) -> OutcomeVerdict:
    return verdict.outcomes[verdict.trial.protocol.primary.id]


def _mg(verdict: TrialVerdict) -> Floats:
    """Return the logged mg of every night, NaN where none was assigned."""
    logged = {d.night: d.mg for d in verdict.trial.doses}
    found = [logged.get(night) for night in verdict.schedule.dates]
    return np.array([np.nan if mg is None else mg for mg in found], dtype=float)


def _logged(verdict: TrialVerdict) -> tuple[Floats, Floats]:
    """Return rating and logged dose of the days that have both."""
    mg = _mg(verdict)
    value = verdict.trial.diary.values(
        verdict.trial.protocol.primary.id, dates=verdict.schedule.dates
    )
    both = ~np.isnan(mg) & ~np.isnan(value)
    return value[both], mg[both]


def _blocks_of(verdict: TrialVerdict, amount: float) -> Floats:
    return np.unique(verdict.schedule.block[_mg(verdict) == amount])
