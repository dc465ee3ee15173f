"""A virtual participant runs a trial as a person would, and the truth comes back out of it."""

from __future__ import annotations

import time
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ekbom.protocol.files import BUILT_IN, built_in
from ekbom.simulation.folder import demonstrated, demonstration, simulate_trial, true_effect
from ekbom.simulation.participant import Participant
from ekbom.simulation.traits import Drift, Forgetting, Missing, Nights, Onset, Unblinding
from ekbom.trial.blinding import blinding_of
from ekbom.trial.check import check_trial
from ekbom.trial.folder import Trial

FAST = built_in("magnesium-rls-fast")
NOW = datetime(2026, 12, 1, tzinfo=UTC)
CLEAR = Participant(
    beta=-2.0,
    onset=Onset(tau=1.5),
    nights=Nights(sd=0.4, rho=0.0),
    missing=Missing(share=0.0),
    forgetting=Forgetting(share=0.0),
)


def run(folder, *, person=CLEAR, seed=1, protocol=FAST, zone="Europe/Berlin") -> Trial:
    return simulate_trial(
        path=folder / f"trial-{seed}",
        protocol=protocol,
        participant=person,
        rng=np.random.default_rng(seed),
        start=date(2025, 1, 6),
        zone=zone,
    )


def by_treatment(trial: Trial, item: str) -> tuple[np.ndarray, np.ndarray]:
    """Return the answers of the analysed nights on magnesium and on placebo."""
    calendar = trial.calendar()
    named = blinding_of(trial).reveal(trial=trial, calendar=calendar)
    value = trial.diary.values(item, dates=[n.night for n in calendar.nights])
    analysed = np.array([n.analysed for n in calendar.nights])
    treated = np.array([name == "magnesium" for name in named])
    return value[analysed & treated], value[analysed & ~treated]


def files(trial: Trial) -> dict[str, bytes]:
    return {file.name: file.read_bytes() for file in trial.path.iterdir()}


def test_the_same_seed_gives_the_same_folder_byte_for_byte(tmp_path):
    one, two, other = tmp_path / "one", tmp_path / "two", tmp_path / "other"
    truth = Participant(beta=-1.0)
    first = files(run(one, person=truth))
    assert files(run(two, person=truth)) == first
    assert files(run(other, person=truth, seed=2)) != first


@settings(max_examples=8, deadline=None)
@given(
    truth=st.builds(
        Participant,
        beta=st.floats(-6, 6),
        onset=st.builds(Onset, tau=st.floats(0, 20)),
        level=st.floats(0, 10),
        drift=st.builds(Drift, straight=st.floats(-3, 3), walk=st.floats(0, 1)),
        nights=st.builds(Nights, sd=st.floats(0, 5), rho=st.floats(-0.9, 0.9)),
        missing=st.builds(Missing, share=st.floats(0, 1)),
        forgetting=st.builds(Forgetting, share=st.floats(0, 1)),
        unblinding=st.builds(Unblinding, added=st.floats(0, 0.9)),
    ),
    name=st.sampled_from(BUILT_IN),
    zone=st.sampled_from(["UTC", "Europe/Berlin", "America/New_York", "Pacific/Auckland"]),
    seed=st.integers(0, 2**32),
)
def test_the_folder_of_any_participant_passes_every_check(
    tmp_path_factory, truth, name, zone, seed
):
    folder = tmp_path_factory.mktemp("participant")
    trial = run(folder, person=truth, seed=seed, protocol=built_in(name), zone=zone)
    read, problems = check_trial(trial.path, now=NOW)
    assert problems == []
    assert read == trial


@pytest.mark.slow
@pytest.mark.parametrize("tau", [0.0, 6.0])
def test_the_mean_difference_over_many_trials_is_the_true_effect(tmp_path, tau):
    # One trial is off by about 0.13 by chance, so the mean of 16 by about 0.03.
    truth = replace(CLEAR, onset=Onset(tau=tau))
    off = []
    for seed in range(16):
        trial = run(tmp_path, person=truth, seed=seed)
        treated, untreated = by_treatment(trial, "urge")
        off.append(treated.mean() - untreated.mean() - true_effect(trial=trial, participant=truth))
    assert np.mean(off) == pytest.approx(0.0, abs=0.1)


def test_the_true_effect_is_beta_for_a_treatment_that_works_at_once(tmp_path):
    trial = run(tmp_path)
    assert true_effect(trial=trial, participant=replace(CLEAR, onset=Onset(tau=0.0))) == -2.0
    assert -2.0 < true_effect(trial=trial, participant=replace(CLEAR, onset=Onset(tau=3.0))) < -1.0


def test_a_trend_runs_over_the_randomised_part_of_the_trial(tmp_path):
    truth = replace(CLEAR, beta=0.0, drift=Drift(straight=4.0), nights=Nights(sd=0.0))
    trial = run(tmp_path, person=truth)
    dates = [n.night for n in trial.calendar().randomised]
    assert trial.diary.values("urge", dates=dates)[[0, -1]].tolist() == [3.0, 7.0]


def test_nights_resemble_their_neighbours_as_rho_says(tmp_path):
    truth = replace(CLEAR, beta=0.0, nights=Nights(sd=1.5, rho=0.8))
    found = []
    for seed in range(4):
        urge = [n.answers["urge"] for n in run(tmp_path, person=truth, seed=seed).diary.nights]
        found.append(np.corrcoef(urge[:-1], urge[1:])[0, 1])
    assert 0.65 < np.mean(found) < 0.85


def test_the_trial_takes_its_course_in_the_order_the_rules_ask_for(tmp_path):
    trial = run(tmp_path)
    kinds = [e.kind for e in trial.events]
    assert kinds == ["registered", "dose fixed", "screening", "randomised", "packs ready"]
    phases = [n.phase for n in trial.calendar().nights]
    assert [phases.count(p) for p in ("baseline", "titration", "washout", "randomised")] == [
        14,
        14,
        14,
        84,
    ]
    assert len(phases) == 126
    assert len(trial.diary.nights) == 126


def test_answers_are_entered_on_the_morning_after_their_night(tmp_path):
    trial = run(tmp_path)
    assert all(trial.clock.night_spoken_of(e.instant) == e.night for e in trial.entries)


def test_the_impression_is_given_once_after_each_period(tmp_path):
    trial = run(tmp_path, person=replace(CLEAR, onset=Onset(tau=0.0), beta=-4.0))
    given_on = [n.date for n in trial.diary.nights if "impression" in n.answers]
    first = trial.calendar().randomised[0].night
    assert given_on == [first + timedelta(7 * period - 1) for period in range(1, 13)]
    named = blinding_of(trial).open(trial=trial).treatments
    impression = trial.diary.values("impression", dates=given_on)
    assert all(
        (value < 4) == (name == "magnesium") for value, name in zip(impression, named, strict=True)
    )


def test_some_nights_are_missing_and_some_doses_forgotten(tmp_path):
    truth = Participant(beta=0.0, missing=Missing(share=0.2), forgetting=Forgetting(share=0.1))
    trials = [run(tmp_path, person=truth, seed=s) for s in (1, 2)]
    answered = sum(len(t.diary.nights) for t in trials) / (2 * 126)
    doses = [d for t in trials for d in t.doses]
    left_out = [d for d in doses if d.capsules == 0]
    assert 0.7 < answered < 0.9
    assert len(doses) == 2 * (14 + 84)
    assert 0.03 < len(left_out) / len(doses) < 0.2
    assert all(d.instant is None for d in left_out)


def test_forgotten_doses_do_not_work(tmp_path):
    treated, untreated = by_treatment(
        run(tmp_path, person=replace(CLEAR, forgetting=Forgetting(share=1.0))), "urge"
    )
    assert treated.mean() == pytest.approx(untreated.mean(), abs=0.3)


def test_mg_is_open_in_titration_and_left_blank_on_randomised_nights(tmp_path):
    doses = run(tmp_path).doses
    assert [(d.capsules, d.mg) for d in doses[:14]] == [(1, 100)] * 7 + [(2, 200)] * 7
    assert {(d.capsules, d.mg) for d in doses[14:]} == {(2, None)}


def test_loose_stools_come_with_the_treatment(tmp_path):
    treated, untreated = by_treatment(
        run(tmp_path, person=replace(CLEAR, unblinding=Unblinding(added=0.9))), "loose_stools"
    )
    assert treated.mean() > 1.2 > 0.6 > untreated.mean()


def test_a_trial_takes_much_less_than_its_second_and_a_half(tmp_path):
    before = time.process_time()
    run(tmp_path)
    assert time.process_time() - before < 1.5


def test_the_demonstration_says_what_is_true_of_its_person(tmp_path):
    rng = np.random.default_rng(1)
    trial, said = demonstration(path=tmp_path / "demo", zone="Europe/Stockholm", rng=rng)
    theta = true_effect(trial=trial, participant=demonstrated())
    assert trial.protocol == FAST
    assert f"lowers the strongest urge by {-theta:.1f} points (3.0 at full exposure" in said


def test_a_protocol_without_doses_or_without_urge_is_refused(tmp_path):
    others = tuple(replace(o, id="other") if o.id == "urge" else o for o in FAST.outcomes)
    for protocol in (replace(FAST, dose=None), replace(FAST, outcomes=others)):
        with pytest.raises(ValueError, match="dose ladder"):
            run(tmp_path, protocol=protocol)
    assert list(tmp_path.iterdir()) == []
