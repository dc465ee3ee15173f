"""Other reasonable analyses of the primary outcome, by which its word must stand or fall."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

import numpy as np

from ekbom.analysis.adherence import as_taken_dose
from ekbom.analysis.estimate import (
    Estimate,
    Setting,
    estimate,
    estimate_gaussian,
    estimate_interval_censored,
)
from ekbom.analysis.exposure import Floats
from ekbom.analysis.schedule import Flags
from ekbom.trial.folder import Trial


@dataclass(frozen=True, slots=True)
class Sensitivity:
    """One other analysis: its name in files, what it assumes in words, and how to run it.

    ``sign_only``: it is on another scale, on which only the sign and its probability compare.
    """

    name: str
    words: str
    run: Callable[[], Estimate]
    sign_only: bool = False


def sensitivities(*, trial: Trial, primary: Setting) -> Iterator[Sensitivity]:
    """Yield the analyses that the plan compares the primary one with."""
    yield from _priors(primary)
    yield from _nights(primary)
    yield from _doses(trial, primary)
    yield from _shape(primary)
    yield from _missing(primary)
    yield from _unblinding(primary)


def _run(name: str, words: str, setting: Setting) -> Sensitivity:
    return Sensitivity(name, words, lambda: estimate(setting))


def _priors(primary: Setting) -> Iterator[Sensitivity]:
    for share in primary.plan.effect_sd_sensitivity:
        expected = "smaller" if share < primary.effect_sd else "larger"
        words = f"if an effect were expected to be {expected}"
        yield _run(f"effect_prior_{share:g}R", words, replace(primary, effect_sd=share))
    slow = primary.plan.slow_tau_median
    if primary.plan.tau_log_sd and slow != primary.tau_median:
        words = f"if the onset were slower (about {slow:g} nights)"
        yield _run("slow_onset", words, replace(primary, tau_median=slow))


def _nights(primary: Setting) -> Iterator[Sensitivity]:
    schedule = primary.schedule
    randomised = schedule.randomised & ~schedule.known
    planned = _unanalysed(primary)
    if planned:
        words = "if the first nights of each period counted too"
        yield _run("all_nights", words, replace(primary, use=randomised))
    length = int(np.bincount(schedule.period[schedule.randomised]).max())
    for nights in primary.plan.unanalysed_sensitivity:
        if nights < length and nights != planned:
            words = f"if the first {nights} nights of each period were left out"
            use = randomised & (_night_of_period(primary) >= nights)
            yield _run(f"first_{nights}_unanalysed", words, replace(primary, use=use))


def _doses(trial: Trial, primary: Setting) -> Iterator[Sensitivity]:
    schedule = primary.schedule
    treated = dict(zip(schedule.dates, schedule.treated, strict=True))
    if not any(treated.get(dose.night, False) for dose in trial.doses):
        return
    for unrecorded, words in ((1.0, "taken"), (0.0, "not taken")):
        dose = as_taken_dose(trial=trial, schedule=schedule, unrecorded=unrecorded)
        name = f"as_taken_unrecorded_{words.replace(' ', '_')}"
        said = f"if doses counted as they were taken (unrecorded ones as {words})"
        yield _run(name, said, replace(primary, dose=dose))


def _shape(primary: Setting) -> Iterator[Sensitivity]:
    words = "if symptoms drifted in a bend over the trial"
    yield _run("quadratic_trend", words, replace(primary, quadratic=True))
    kind = primary.outcome.kind
    if kind == "rating":
        words = "if ratings were taken as steps of a hidden scale"
        yield Sensitivity("interval_censored", words, lambda: estimate_interval_censored(primary))
    if kind == "minutes" and primary.outcome.minimum >= 0:
        words = "if long times weighed less (logarithm of minutes)"
        logs = _log_minutes(primary)
        yield Sensitivity("log_minutes", words, lambda: estimate_gaussian(logs), sign_only=True)


def _missing(primary: Setting) -> Iterator[Sensitivity]:
    """Fill the missing nights at their period's mean, a MID worse on treatment, better off it."""
    filled = _filled(primary)
    if np.array_equal(filled, primary.value, equal_nan=True):
        return
    words = "if the missing nights had spoken against the treatment"
    yield _run("missing_against_treatment", words, replace(primary, value=filled))


def _unblinding(primary: Setting) -> Iterator[Sensitivity]:
    schedule = primary.schedule
    if (schedule.known & schedule.randomised).any():
        words = "if the nights after the allocation was opened counted too"
        use = schedule.randomised & schedule.analysed
        yield _run("nights_after_unblinding_kept", words, replace(primary, use=use))
    if schedule.told.any():
        words = "if the nights after a period's treatment became known were left out"
        use = primary.use & ~schedule.told
        yield _run("nights_after_incidents_dropped", words, replace(primary, use=use))


def _filled(primary: Setting) -> Floats:
    outcome, schedule = primary.outcome, primary.schedule
    better = outcome.mid if outcome.direction == "higher" else -outcome.mid
    value = primary.value.copy()
    for period in np.unique(schedule.period[schedule.randomised]):
        mine = (schedule.period == period) & primary.use
        known = mine & ~np.isnan(primary.value)
        if known.any():
            mean = primary.value[known].mean()
            gone = mine & np.isnan(primary.value)
            value[gone & schedule.treated] = mean - better
            value[gone & ~schedule.treated] = mean + better
    if outcome.kind == "count":
        # Half a leg cramp has no probability under a model of counts.
        return np.clip(np.rint(value), outcome.minimum, outcome.maximum)
    return value


def _log_minutes(primary: Setting) -> Setting:
    outcome = primary.outcome
    logs = replace(
        outcome,
        kind="measure",
        minimum=float(np.log1p(outcome.minimum)),
        maximum=float(np.log1p(outcome.maximum)),
        prior_range=float(np.log1p(outcome.prior_range)),
        mid=float(np.log1p(outcome.mid)),
        unit="log minutes",
    )
    return replace(primary, outcome=logs, value=np.log1p(primary.value))


def _night_of_period(primary: Setting) -> Floats:
    """Return how many nights of its period came before each night, shape (T,)."""
    period = primary.schedule.period
    seen = np.zeros(len(period))
    for number in np.unique(period[period >= 0]):
        places = np.flatnonzero(period == number)
        seen[places] = np.arange(len(places))
    return seen


def _unanalysed(primary: Setting) -> int:
    """Return how many nights of a period the plan leaves out (most of any period)."""
    schedule = primary.schedule
    left: Flags = schedule.randomised & ~schedule.analysed
    return int(np.bincount(schedule.period[left]).max()) if left.any() else 0
