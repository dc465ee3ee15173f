"""One rule of the verdict a test: exposure, doses, what is checked and said."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from ekbom.analysis.adherence import share_taken
from ekbom.analysis.schedule import lay_out
from ekbom.protocol.model import Phases, TitrationStep
from ekbom.report.words import sentence
from ekbom.trial.folder import Trial
from ekbom.trial.place import Folder
from reference.brute_force import contrast, nights_of
from reference.small_trials import (
    FAST,
    FIXED,
    START,
    Small,
    chained,
    checks,
    laid_out,
    nights,
    primary,
)

# Exposure and theta.


@pytest.mark.parametrize(("mg", "shares"), [(200, (0.5, 1.0)), (100, (1.0, 2.0))])
def test_titration_enters_the_exposure_as_a_share_of_the_fixed_dose(
    mg: int, shares: tuple[float, float]
) -> None:
    steps = (TitrationStep(nights=2, mg=100), TitrationStep(nights=3, mg=200))
    phases = Phases(baseline_nights=1, titration=steps, washout_nights=2)
    small = Small(order="TR", dosed=True, design={"period_nights": 3, "unanalysed_nights": 1})
    protocol = replace(small.protocol, phases=phases)
    events = chained(("dose fixed", 6, {"mg": mg, "capsules": 2}), ("packs ready", 7, {}))
    trial = Trial(Folder(Path("nowhere")), protocol, "", 1, START, "UTC", events=events)
    schedule = lay_out(trial=trial, calendar=trial.calendar(), treatments=small.treatments)
    low, high = shares
    assert list(schedule.dose) == [0, low, low, high, high, high, 0, 0, 1, 1, 1, 0, 0, 0]
    assert schedule.trend[8] == -0.5
    assert schedule.trend[-1] == 0.5


def test_contrast_is_over_planned_nights_whatever_was_answered(tmp_path: Path) -> None:
    small = Small(
        skip=nights("30-83"),
        events=(("ended", {"last": 29, "reason": "other"}), ("unblinding", {"night": 20})),
    )
    schedule = laid_out(small, tmp_path)
    taus = [0.3, 2.0, 9.0]
    by_hand = [contrast(nights_of(small), tau) for tau in taus]
    assert schedule.contrast(np.array(taus)) == pytest.approx(by_hand, abs=1e-12)
    assert (schedule.trend[0], schedule.trend[83]) == (-0.5, 0.5)


# Doses as taken.


def test_missed_doses_change_the_as_taken_analysis_alone(tmp_path: Path) -> None:
    half = Small(dosed=True, capsules=dict.fromkeys(range(84), 1.0), events=FIXED)
    full = replace(half, capsules=dict.fromkeys(range(84), 2.0))
    a, b = (s.outcome_verdict(tmp_path / n) for s, n in ((half, "half"), (full, "full")))
    assert a.effect == b.effect
    assert a.randomisation == b.randomisation
    name = "sensitivity_as_taken_unrecorded_taken"
    assert checks(a)[name].value != checks(b)[name].value
    assert checks(b)[name].value == pytest.approx(b.probability.better, abs=1e-12)


def test_doses_are_counted_and_summed_by_hand(tmp_path: Path) -> None:
    """Pair TR of 3 + 3 nights: full, half, none on T; full, unrecorded twice on R; 300 mg on T."""
    plan = {"period_nights": 3, "unanalysed_nights": 0}
    capsules = {0: 2.0, 1: 1.0, 2: 0.0, 3: 2.0}
    doses = Small(order="TR", dosed=True, design=plan, capsules=capsules, events=FIXED)
    found = doses.verdict(tmp_path).doses
    assert (found.planned, found.full, found.partial, found.left_out) == (6, 2, 1, 1)
    assert (found.unrecorded, found.mg) == (2, 300)


def test_after_the_last_night_with_capsules_nothing_was_taken(tmp_path: Path) -> None:
    ended = ("ended", {"last": 3, "reason": "other"})
    small = Small(order="TR", dosed=True, capsules={0: 2.0, 2: 2.0}, events=(*FIXED, ended))
    trial = small.build(tmp_path)
    schedule = lay_out(trial=trial, calendar=trial.calendar(), treatments=small.treatments)
    share = share_taken(trial=trial, schedule=schedule)
    assert share[:5] == pytest.approx([1, np.nan, 1, np.nan, 0], nan_ok=True)
    assert (share[4:] == 0).all()


def test_milligrams_are_a_share_of_the_fixed_dose_where_there_is_one(tmp_path: Path) -> None:
    fixed = Small(order="TR", dosed=True, mg={0: 200, 1: 100}, events=FIXED)
    free = Small(order="TR", mg={0: 136, 1: 800, 2: 0})
    for small, expected, name in ((fixed, [1, 0.5], "fixed"), (free, [1, 1, 0], "free")):
        trial = small.build(tmp_path / name)
        schedule = lay_out(trial=trial, calendar=trial.calendar(), treatments=small.treatments)
        assert list(share_taken(trial=trial, schedule=schedule)[: len(expected)]) == expected


# What is checked and said besides.


@pytest.mark.parametrize(
    ("reason", "last", "stopped"),
    [
        ("side effects", 70, True),
        ("Lack of benefit", 70, True),
        ("other", 70, False),
        ("side effects", 83, False),
    ],
)
def test_stop_that_may_hang_on_treatment_adds_a_check(
    reason: str, last: int, stopped: bool, tmp_path: Path
) -> None:
    found = Small(events=(("ended", {"last": last, "reason": reason}),)).outcome_verdict(tmp_path)
    assert ("stopped_early" in checks(found)) is stopped


def test_open_trial_says_that_expectation_may_be_part_of_it(tmp_path: Path) -> None:
    verdict = Small(protocol_changes={"blinding": "open"}).verdict(tmp_path)
    assert checks(primary(verdict))["blinded"].passed is False
    assert "expectation may be part" in sentence(verdict, primary(verdict))


def test_design_that_is_too_small_says_so(tmp_path: Path) -> None:
    verdict = Small(order="TRRTRT").verdict(tmp_path)
    said = sentence(verdict, primary(verdict))
    assert "too small for the randomisation test to confirm the model" in said


def test_secondary_outcomes_have_numbers_and_no_word(tmp_path: Path) -> None:
    calm = replace(FAST.outcome("calm"), label="")
    sleep = replace(FAST.outcome("sleep_quality"), label="")
    rated = {i: 5.0 + i % 3 for i in range(84)}
    small = Small(others=(calm, sleep), say={"calm": rated})
    verdict = small.verdict(tmp_path)
    found = verdict.outcomes["calm"]
    assert (found.verdict, found.because, found.outcome.role) == (None, (), "secondary")
    assert found.effect is not None
    assert found.randomisation.p is not None
    assert sentence(verdict, found).startswith("One of 2 secondary outcomes, not adjusted")
    empty = verdict.outcomes["sleep_quality"]
    assert (empty.verdict, empty.effect, empty.because) == (None, None, ())
    assert {c.effect_on_verdict.split(":")[0] for c in empty.checks} == {"none"}


def test_long_pause_without_spares_is_marked(tmp_path: Path) -> None:
    pause = (("pause", {"first": 4}), ("resume", {"first": 9}))
    found = Small(events=pause).outcome_verdict(tmp_path)
    assert checks(found)["periods_interrupted"].value == 1
    assert found.nights.planned == 84


def test_benefit_is_theta_s_where_carry_over_turns_its_sign(tmp_path: Path) -> None:
    """TRTR, tau 50: exposure is higher after the treatment than on it, so D < 0."""
    slow = {"tau_median": 50.0, "tau_log_sd": 0.0, "tau_test": 50.0}
    small = Small(order="TRTR", analysis=slow, level=8, effect=-4, noise=0.4)
    found = small.outcome_verdict(tmp_path)
    assert contrast(nights_of(small), 50.0) < 0
    full = found.effect_full_exposure
    assert full.mean * found.effect.mean < 0
    better = found.probability.better > 0.5
    assert (found.randomisation.p_benefit < found.randomisation.p_harm) is better
