"""Where side effects may have given the treatment away, a word must be surer; by hand."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from types import SimpleNamespace

import numpy as np
import pytest
from scipy.special import ndtr

from ekbom.analysis.decision import CANNOT_TELL, HELPS, WORSE
from ekbom.analysis.estimate import Estimate
from ekbom.analysis.judgement import Judgement, judge
from ekbom.analysis.mixture import Mixture
from ekbom.analysis.randomisation_result import RandomisationResult
from ekbom.analysis.result import Complaints, SideEffects, SideEffectSummary
from ekbom.analysis.schedule import lay_out
from ekbom.analysis.side_effects import revealed_gap, summarise_side_effects
from ekbom.protocol.files import built_in
from ekbom.protocol.model import DecisionRule, SideEffect
from ekbom.simulation.folder import simulate_trial
from ekbom.simulation.participant import Participant
from ekbom.simulation.traits import Unblinding
from ekbom.trial.blinding import blinding_of

URGE = built_in("magnesium-rls").primary
RULE = DecisionRule()


def judged(mean: float, *, gap: float | None, rule: DecisionRule = RULE) -> Judgement:
    """Judge a posterior N(mean, .3^2) of an outcome of which less is better, its MID 1."""
    theta = Mixture(np.ones(1), np.array([mean]), np.array([0.3]))
    return judge(
        setting=SimpleNamespace(outcome=URGE),
        found=Estimate(theta, None, 0.2, None),
        randomisation=RandomisationResult(8, True, 0.25, 0.125, 0.125, 0.25, 0.125),
        report_checks=(),
        gap=gap,
        others=(),
        rule=rule,
    )


@pytest.mark.parametrize(
    ("mean", "gap", "word"),
    [
        (-1.3, None, HELPS),
        (-1.3, 0.05, HELPS),
        (-1.3, -0.3, HELPS),
        (-1.3, 0.0501, CANNOT_TELL),  # P(more than the MID) is .841
        (-1.35, 0.5, HELPS),  # .878
        (1.3, 0.05, WORSE),
        (1.3, 0.06, CANNOT_TELL),
        (1.35, 0.06, WORSE),
        (0.0, 0.5, "no worthwhile difference"),
    ],
)
def test_a_revealed_treatment_needs_a_surer_effect_by_the_normal_distribution(
    mean: float, gap: float | None, word: str
) -> None:
    found = judged(mean, gap=gap)
    assert found.word == word
    beyond = float(ndtr((abs(mean) - 1) / 0.3))
    checks = {c.name: c for c in found.checks}
    if gap is not None and gap > 0.05 and mean:
        assert checks["sure_although_revealed"].value == pytest.approx(beyond, abs=1e-12)
        assert ("sure_although_revealed" in found.because) == (word == CANNOT_TELL)
    else:
        assert "sure_although_revealed" not in checks


def test_a_rule_can_be_told_not_to_look() -> None:
    assert judged(-1.3, gap=0.9, rule=replace(RULE, max_revealed_gap=1.0)).word == HELPS


def test_only_revealing_side_effects_count_and_only_more_on_the_treatment() -> None:
    def summary(name: str, difference: float | None) -> SideEffectSummary:
        nobody = Complaints("magnesium", 10, 0, 0.0)
        return SideEffectSummary(name, (nobody, nobody), nobody, difference, None, few_data=True)

    found = SideEffects(
        (summary("stools", 0.1), summary("nausea", 0.4), summary("taste", None)), ()
    )
    items = [SideEffect(id=i, question="?", reveals=i != "nausea") for i in ("stools", "taste")]
    items += [SideEffect(id="nausea", question="?")]
    assert revealed_gap(found=found, items=items) == 0.1
    assert revealed_gap(found=found, items=items[1:]) is None
    assert revealed_gap(found=SideEffects((), ()), items=()) is None


@pytest.mark.parametrize("name", ["magnesium-rls", "magnesium-rls-fast"])
def test_loose_stools_reveal_in_the_built_in_protocols(name: str) -> None:
    assert [s.id for s in built_in(name).side_effects if s.reveals] == ["loose_stools"]


def test_a_look_does_not_see_later_nights(tmp_path) -> None:
    person = Participant(beta=0.0, unblinding=Unblinding(added=0.9))
    trial = simulate_trial(
        path=tmp_path / "trial",
        protocol=built_in("magnesium-rls-fast"),
        participant=person,
        rng=np.random.default_rng(1),
        start=date(2025, 1, 6),
        zone="UTC",
    )
    treatments = blinding_of(trial).open(trial=trial).treatments
    calendar = trial.calendar()
    schedule = lay_out(trial=trial, calendar=calendar, treatments=treatments)
    until = max(n.night for n in calendar.randomised if n.block == 2)
    found = summarise_side_effects(trial=trial, schedule=schedule, reference=None, until=until)
    stools = next(s for s in found.items if s.id == "loose_stools")
    told = [n.date for n in trial.diary.nights if "loose_stools" in n.answers and n.date <= until]
    randomised = {n.night for n in calendar.randomised}
    assert sum(c.reported for c in stools.treatments) == len(randomised & set(told))
    assert stools.difference > 0.5
