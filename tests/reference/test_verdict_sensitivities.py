"""The sensitivity analyses of the primary outcome, each against dense integration."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from ekbom.analysis import estimate as estimates
from ekbom.analysis.estimate import Setting
from ekbom.analysis.result import OutcomeVerdict
from ekbom.analysis.schedule import lay_out
from ekbom.analysis.sensitivity import sensitivities
from ekbom.protocol.model import LivedPeriod
from ekbom.report.words import sentence
from reference.brute_force import Nights, nights_of, posterior
from reference.small_trials import (
    FIXED,
    Small,
    checks,
    day,
    laid_out,
    nights,
    primary,
)

# Sensitivities: the same rule on another analysis, each against dense integration.

MANY = Small(
    order="TRRTRTTR",
    effect=-1.6,
    dosed=True,
    design={"period_nights": 9, "unanalysed_nights": 3},
    skip=nights("4 15 24 40 61"),
    capsules={i: [2.0, 1.0, 0.0][i % 3] for i in range(60)},
    events=(*FIXED, ("incident", {"night": 31})),
)


@pytest.fixture(scope="module")
def many(tmp_path_factory: pytest.TempPathFactory) -> OutcomeVerdict:
    return MANY.outcome_verdict(tmp_path_factory.mktemp("many"))


def taken(by_hand: Nights, *, unrecorded: float) -> list[float]:
    """Return capsules taken over planned on treatment nights."""
    return [
        MANY.capsules.get(i, 2 * unrecorded) / 2 if on else 0.0
        for i, on in enumerate(by_hand.treated)
    ]


def against_treatment(by_hand: Nights) -> Nights:
    """Fill missing nights: their period's mean, one MID worse on treatment, better off it."""
    value = dict(by_hand.value)
    for i, used in enumerate(by_hand.use):
        if used and i not in value:
            same = [
                by_hand.value[j] for j in by_hand.answered if by_hand.period[j] == by_hand.period[i]
            ]
            value[i] = sum(same) / len(same) + (1.0 if by_hand.treated[i] else -1.0)
    return replace(by_hand, value=value)


def first_nights_out(by_hand: Nights, count: int) -> Nights:
    since = [i % 9 for i in range(len(by_hand.period))]
    return replace(by_hand, use=[n >= count for n in since])


def without(by_hand: Nights, gone: range) -> Nights:
    return replace(by_hand, use=[u and i not in gone for i, u in enumerate(by_hand.use)])


BY_HAND = nights_of(MANY)
RUNS = {
    "effect_prior_0.1R": lambda: posterior(BY_HAND, effect_sd=0.1),
    "effect_prior_0.4R": lambda: posterior(BY_HAND, effect_sd=0.4),
    "slow_onset": lambda: posterior(BY_HAND, tau_median=10),
    "all_nights": lambda: posterior(first_nights_out(BY_HAND, 0)),
    "first_7_unanalysed": lambda: posterior(first_nights_out(BY_HAND, 7)),
    "as_taken_unrecorded_taken": lambda: posterior(BY_HAND, dose=taken(BY_HAND, unrecorded=1)),
    "as_taken_unrecorded_not_taken": lambda: posterior(BY_HAND, dose=taken(BY_HAND, unrecorded=0)),
    "quadratic_trend": lambda: posterior(BY_HAND, quadratic=True),
    "missing_against_treatment": lambda: posterior(against_treatment(BY_HAND)),
    # Night 31 lies in period 4 (nights 27-35), the second of pair 2: its pair ends with it.
    "nights_after_incidents_dropped": lambda: posterior(without(BY_HAND, range(31, 36))),
}


@pytest.mark.parametrize("name", RUNS)
def test_sensitivity_agrees_with_dense_integration(name: str, many: OutcomeVerdict) -> None:
    better = 1 - RUNS[name]().above(0)
    assert checks(many)[f"sensitivity_{name}"].value == pytest.approx(better, abs=4e-5)


def test_all_sensitivities_of_a_rating_and_no_others_were_run(many: OutcomeVerdict) -> None:
    found = {n.removeprefix("sensitivity_") for n in checks(many) if n.startswith("sensitivity_")}
    assert found == {*RUNS, "interval_censored"}


def test_first_nights_are_left_out_only_where_the_period_is_longer(tmp_path: Path) -> None:
    long = Small(order="TRRT", design={"period_nights": 22, "unanalysed_nights": 10})
    found = checks(long.outcome_verdict(tmp_path))
    firsts = {n for n in found if n.startswith("sensitivity_first")}
    assert firsts == {"sensitivity_first_7_unanalysed", "sensitivity_first_21_unanalysed"}


def test_log_minutes_compare_by_sign_and_probability(tmp_path: Path) -> None:
    outcome = {"kind": "minutes", "maximum": 720, "prior_range": 120, "mid": 10, "unit": "minutes"}
    small = Small(level=60, effect=-30, noise=12, outcome=outcome)
    check = checks(small.outcome_verdict(tmp_path))["sensitivity_log_minutes"]
    assert check.passed
    assert check.value > 0.975


def test_words_that_stand_name_what_would_undo_them(tmp_path: Path) -> None:
    verdict = Small(order="TRRT").verdict(tmp_path)
    found = primary(verdict)
    assert (found.verdict, checks(found)["sensitivity_slow_onset"].passed) == ("helps", False)
    assert ", but not if the onset were slower (about 10 nights)" in sentence(verdict, found)


def test_whatever_would_undo_a_word_is_an_if(many: OutcomeVerdict, tmp_path: Path) -> None:
    small = replace(MANY, events=(*MANY.events, ("unblinding", {"night": 60})))
    trial = small.build(tmp_path)
    schedule = lay_out(trial=trial, calendar=trial.calendar(), treatments=small.treatments)
    setting = Setting(
        outcome=small.primary,
        plan=trial.protocol.analysis,
        schedule=schedule,
        value=trial.diary.values("urge", dates=schedule.dates),
        use=schedule.analysed & ~schedule.known,
        dose=schedule.dose,
        effect_sd=0.2,
        tau_median=2.0,
    )
    found = list(sensitivities(trial=trial, primary=setting))
    names = {n.removeprefix("sensitivity_") for n in checks(many) if n.startswith("sensitivity_")}
    assert {s.name for s in found} == names | {"nights_after_unblinding_kept"}
    assert all(s.words.startswith("if ") for s in found)


def test_incident_outside_the_pair_drops_nothing(tmp_path: Path) -> None:
    """Pairs of 14 nights; the incident on the last night drops that night alone."""
    schedule = laid_out(Small(events=(("incident", {"night": 13}),)), tmp_path)
    assert list(np.flatnonzero(schedule.told)) == [13]


@pytest.mark.parametrize(("night", "last"), [(0, 13), (3, 13), (9, 13), (14, 27), (80, 83)])
def test_incident_drops_to_the_end_of_its_pair(night: int, last: int, tmp_path: Path) -> None:
    schedule = laid_out(Small(events=(("incident", {"night": night}),)), tmp_path)
    assert list(np.flatnonzero(schedule.told)) == list(range(night, last + 1))


def test_incident_in_a_pause_concerns_the_pair_that_goes_on(tmp_path: Path) -> None:
    """Nights 3 and 4 are paused, so pair 1 has nights 0-2 and 5-15."""
    pause = (("pause", {"first": 3}), ("resume", {"first": 5}))
    schedule = laid_out(Small(events=(*pause, ("incident", {"night": 4}))), tmp_path)
    assert list(np.flatnonzero(schedule.told)) == list(range(5, 16))


def test_incident_without_pairs_drops_to_the_end_of_its_period(tmp_path: Path) -> None:
    plan = {"kind": "complete", "periods": 4}
    small = Small(order="TRRT", design=plan, events=(("incident", {"night": 9}),))
    assert list(np.flatnonzero(laid_out(small, tmp_path).told)) == list(range(9, 14))


def test_incident_between_two_pairs_comes_too_late_for_one_and_concerns_no_other(
    tmp_path: Path,
) -> None:
    """Periods of 3 nights; night 6, between the pairs, has no treatment."""
    firsts = (0, 3, 7, 10)
    lived = tuple(
        LivedPeriod(position=p, first=day(i), last=day(i + 2)) for p, i in enumerate(firsts, 1)
    )
    small = Small(order="TRRT", design={"lived": lived}, events=(("incident", {"night": 6}),))
    assert not laid_out(small, tmp_path).told.any()


# Computation that does not settle.


def test_counts_that_do_not_settle_get_no_word(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fit = estimates.fit_ep
    monkeypatch.setattr(estimates, "fit_ep", lambda **k: replace(fit(**k), converged=False))
    outcome = {"kind": "count", "maximum": 50, "unit": "jerks"}
    small = Small(level=6, effect=-3, outcome=outcome, skip=nights("5 12"))
    found = small.outcome_verdict(tmp_path / "count")
    assert (found.verdict, found.because) == ("cannot tell yet", ("computation_settled",))
    rating = Small().outcome_verdict(tmp_path / "rating")
    check = checks(rating)["sensitivity_interval_censored"]
    assert (rating.verdict, rating.but_not) == ("helps", ())
    assert (check.passed, check.effect_on_verdict) == (False, "none: it did not settle")


def test_missing_counts_are_filled_with_counts(tmp_path: Path) -> None:
    outcome = {"kind": "count", "maximum": 50, "unit": "jerks", "mid": 1.5}
    small = Small(level=3, effect=-2.5, outcome=outcome, skip=nights("5 12 25 40"))
    assert "sensitivity_missing_against_treatment" in checks(small.outcome_verdict(tmp_path))
