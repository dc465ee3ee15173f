"""Outcomes asked once a period, and side effects, against counting and enumeration."""

from __future__ import annotations

import itertools
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from ekbom.analysis.result import Incidents
from ekbom.analysis.schedule import lay_out
from ekbom.analysis.side_effects import summarise_side_effects
from ekbom.diary.diary import Diary, Night
from ekbom.protocol.model import Phases, TitrationStep
from ekbom.report.words import sentence
from ekbom.trial.folder import Trial
from ekbom.trial.place import Folder
from reference.brute_force import given_nodes
from reference.small_trials import (
    IMPRESSION,
    IRLS,
    NAUSEA,
    SIX_PAIRS,
    START,
    Small,
    chained,
    checks,
    day,
    primary,
)

# Once a period.


def last_night(period: int) -> int:
    return 7 * period + 6


REPORTS = {last_night(p): 12.0 + (0 if t == "T" else 10) + p % 2 for p, t in enumerate(SIX_PAIRS)}


def with_irls(reports: dict[int, float], *, order: str = SIX_PAIRS, recall: int = 5) -> Small:
    outcome = replace(IRLS, recall_nights=recall)
    return Small(order=order, others=(outcome,), say={"irls": reports})


def test_irls_p_is_that_of_the_mean_difference_within_pairs(tmp_path: Path) -> None:
    """T 12 or 13, R 22 or 23: every pair differs by 10 +- 1, the observed order is extreme."""
    found = with_irls(REPORTS).verdict(tmp_path).outcomes["irls"]
    assert (found.verdict, found.outcome.role) == (None, "secondary")
    assert found.randomisation.p == 2 / 64
    assert found.randomisation.p_benefit == 1 / 64
    differences = [
        sum((-1 if SIX_PAIRS[p] == "T" else 1) * REPORTS[last_night(p)] for p in (2 * k, 2 * k + 1))
        for k in range(6)
    ]
    assert found.randomisation.statistic == pytest.approx(-sum(differences) / 6)


def test_irls_effect_agrees_with_dense_integration(tmp_path: Path) -> None:
    """y = a + trend + theta z + independent noise, integrated over sigma by the trapezoid rule."""
    found = with_irls(REPORTS).verdict(tmp_path).outcomes["irls"]
    at = np.array(sorted(REPORTS))
    trend = at / 83 - 0.5
    z = np.array([t == "T" for t in SIX_PAIRS], dtype=float)
    X = np.column_stack([np.ones(12), trend, z]) * [40, 8, 8]
    y = np.array([REPORTS[i] for i in at]) - 20
    sigma = np.exp(np.linspace(-6, 4, 4001))
    height, mean, sd = given_nodes(X[None], y, np.eye(12), sigma)
    weight = np.exp(height[0] - height.max()) * np.exp(-0.5 * (sigma / 10) ** 2) * sigma
    weight /= weight.sum()
    centre = float(weight @ mean[0])
    assert found.effect.mean == pytest.approx(8 * centre, abs=1e-5)
    spread = np.sqrt(weight @ (sd[0] ** 2 + (mean[0] - centre) ** 2))
    assert found.effect.sd == pytest.approx(8 * spread, rel=1e-4)
    assert set(found.further) == {9.0}


def test_irls_recall_that_reaches_before_the_analysed_nights_is_flagged(tmp_path: Path) -> None:
    """Five analysed nights: a recall of 5 is within them, one of 6 reaches back."""
    verdict = with_irls(REPORTS, recall=6).verdict(tmp_path)
    found = verdict.outcomes["irls"]
    assert (found.nights.planned, found.nights.analysed, found.nights.excluded) == (12, 0, 12)
    assert found.effect is None
    check = checks(found)["recall_within_analysed_nights"]
    assert (check.value, check.passed) == (12, False)
    assert "too few reports" in sentence(verdict, found)


def test_irls_missing_after_opening_and_incomplete_pairs(tmp_path: Path) -> None:
    some = {i: v for i, v in REPORTS.items() if i not in (6, 34)}
    small = replace(with_irls(some), events=(("unblinding", {"night": 77}),))
    verdict = small.verdict(tmp_path)
    found = verdict.outcomes["irls"]
    counts = found.nights
    assert (counts.planned, counts.analysed, counts.missing, counts.excluded) == (12, 9, 2, 1)
    check = checks(found)["complete_pairs"]
    assert (check.value, check.passed) == (3, False)
    assert "fewer than 4 complete pairs, too few for words" in sentence(verdict, found)


def test_irls_of_four_complete_pairs_gets_words_with_its_further_mid(tmp_path: Path) -> None:
    few = {i: v for i, v in REPORTS.items() if i < 56}
    verdict = with_irls(few, order=SIX_PAIRS[:8]).verdict(tmp_path)
    said = sentence(verdict, verdict.outcomes["irls"])
    assert said.startswith("The only secondary outcome, not adjusted. Irls: ")
    assert "probability of a benefit of more than 3.0 points: over 99 %" in said
    assert "of a benefit of more than 9.0 points: " in said


def test_irls_is_not_asked_where_a_period_ended_early(tmp_path: Path) -> None:
    """Period 1 ends after night 3: its last night is night 3, and the others move forward."""
    small = replace(with_irls({}), events=(("period ended", {"last": 3}),))
    verdict = small.verdict(tmp_path)
    assert verdict.outcomes["irls"].nights.missing == 12
    counts = primary(verdict).nights
    assert (counts.planned, counts.unanalysed) == (81, 24)
    assert counts.planned == counts.analysed + counts.unanalysed + counts.missing


def test_impressions_are_counts_by_treatment(tmp_path: Path) -> None:
    levels = {last_night(p): 2.0 if t == "T" else 4.0 for p, t in enumerate(SIX_PAIRS) if p != 3}
    small = Small(others=(IMPRESSION,), say={"impression": levels})
    verdict = small.verdict(tmp_path)
    found = verdict.outcomes["impression"]
    assert found.impressions == {"magnesium": {2: 5}, "placebo": {4: 6}}
    assert (found.effect, found.verdict) == (None, None)
    assert found.randomisation.p == 4 / 64
    said = sentence(verdict, found)
    assert "on magnesium citrate: 2 (5 times); on placebo: 4 (6 times)" in said
    assert said.startswith("The only secondary outcome")


# Side effects.


def test_side_effects_count_every_randomised_night_and_never_blanks(tmp_path: Path) -> None:
    """Six pairs; nausea answered on 40 nights of each, present on nights 0 to 9, worst 3."""
    asked = {i: 0.0 for i in range(84) if i % 7 < 6 or i < 7}
    sick = {i: 1.0 + (i == 1) * 2 for i in range(10)}
    small = Small(side_effects=(NAUSEA,), say={"nausea": asked | sick})
    item = small.verdict(tmp_path).side_effects.items[0]
    on, off = item.treatments
    assert (on.reported, on.present, on.worst) == (37, 7, 3.0)
    assert (off.reported, off.present, off.worst) == (36, 3, 1.0)
    assert item.few_data is False
    assert item.difference == pytest.approx(7 / 37 - 3 / 36)
    assert item.p == pytest.approx(share_p(asked | sick))


def share_p(said: dict[int, float]) -> float:
    """Return the two-sided p of the difference in share, over all 64 orders."""

    def difference(order: str) -> float:
        shares = []
        for t in "TR":
            grades = [v >= 1 for i, v in said.items() if order[i // 7] == t]
            shares.append(sum(grades) / len(grades))
        return shares[0] - shares[1]

    orders = ["".join(o) for o in itertools.product(("TR", "RT"), repeat=6)]
    observed = abs(difference(SIX_PAIRS))
    return sum(abs(difference(o)) >= observed - 1e-12 for o in orders) / 64


def test_titration_side_effects_are_listed_apart() -> None:
    """Three nights of 100 mg, nausea on two; none on the six randomised nights."""
    phases = Phases(baseline_nights=1, titration=(TitrationStep(nights=3, mg=100),))
    plan = {"period_nights": 3, "unanalysed_nights": 1}
    small = Small(order="TR", dosed=True, design=plan, side_effects=(NAUSEA,))
    protocol = replace(small.protocol, phases=phases)
    events = chained(("dose fixed", 4, {"mg": 100}), ("packs ready", 4, {}))
    grades = [3, 2, 1, 0, 0, 0, 0, 0, 0, 0]
    diary = Diary(tuple(Night(day(i), {"nausea": float(g)}) for i, g in enumerate(grades)))
    trial = Trial(
        Folder(Path("nowhere")), protocol, "", 1, START, "UTC", diary=diary, events=events
    )
    schedule = lay_out(trial=trial, calendar=trial.calendar(), treatments=small.treatments)
    (item,) = summarise_side_effects(trial=trial, schedule=schedule, reference=None).items
    assert (item.titration.reported, item.titration.present, item.titration.worst) == (3, 2, 2.0)
    assert [(c.reported, c.present) for c in item.treatments] == [(3, 0), (3, 0)]
    assert item.p is None


def test_few_side_effect_data_are_called_few(tmp_path: Path) -> None:
    enough = {i: 0.0 for i in range(84) if i % 7 < 5}
    fewer = {i: v for i, v in enough.items() if i not in (0, 1, 2)}
    for said, few, name in ((enough, False, "enough"), (fewer, True, "fewer"), ({}, True, "none")):
        small = Small(side_effects=(NAUSEA,), say={"nausea": said})
        item = small.verdict(tmp_path / name).side_effects.items[0]
        assert item.few_data is few
        assert item.titration.reported == 0


@pytest.mark.parametrize(
    ("event", "expected", "words"),
    [
        (("hold", {"night": 3}), (1, 0, 0, 0), "1 hold for side effects"),
        (("hold", {"night": 10}), (0, 0, 0, 0), ""),
        (("step down", {"night": 3, "capsules": 1}), (0, 1, 0, 0), ""),
        (("emergency", {"night": 37, "note": "fell"}), (0, 0, 0, 1), "1 emergency"),
        (("ended", {"last": 72, "reason": "side effects"}), (0, 0, 1, 0), "1 early end"),
        (("ended", {"last": 72, "reason": "other"}), (0, 0, 1, 0), "1 early end"),
        (("ended", {"last": 83, "reason": "finished"}), (0, 0, 0, 0), ""),
    ],
)
def test_helps_says_what_happened_on_the_treatment_in_the_same_sentence(
    event: tuple[str, dict[str, object]],
    expected: tuple[int, int, int, int],
    words: str,
    tmp_path: Path,
) -> None:
    verdict = Small(events=(event,)).verdict(tmp_path)
    assert verdict.side_effects.incidents[0] == Incidents("magnesium", *expected)
    first = sentence(verdict, primary(verdict)).split(". ")[0]
    tail = f", with {words} on it" if words else ""
    assert first == f"Magnesium citrate helps{tail}"


def test_hold_in_a_pause_belongs_to_the_period_it_interrupts(tmp_path: Path) -> None:
    pause = (
        ("pause", {"first": 3}),
        ("resume", {"first": 5}),
        ("emergency", {"night": 4, "note": "x"}),
    )
    found = Small(events=pause).verdict(tmp_path).side_effects.incidents
    assert [(i.treatment, i.emergencies) for i in found] == [("magnesium", 1), ("placebo", 0)]
