"""What simulations say of many trials at once is what a verdict says of each of them.

The authority is `reach_verdict` on a simulated trial's own folder, with everything that a real one
has: events, entries, a sealed order.  `analyse` and `judge_many` are given the same answers.
"""

from __future__ import annotations

import functools
import tempfile
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from pathlib import Path

import numpy as np
import pytest

from ekbom.analysis.decision import CANNOT_TELL, WORDS
from ekbom.analysis.result import OutcomeVerdict, TrialVerdict
from ekbom.analysis.verdict import reach_verdict, verdict_at_look
from ekbom.diary.diary import Diary
from ekbom.protocol.files import built_in, checked
from ekbom.protocol.model import DesignPlan, Look, Protocol
from ekbom.simulation.analysed import Analysed, analyse, judge_many, pairs_with_enough
from ekbom.simulation.folder import simulate_trial
from ekbom.simulation.layout import layout_of
from ekbom.simulation.participant import Participant, usual_participant
from ekbom.simulation.traits import Forgetting, Missing, Nights, Unblinding
from ekbom.simulation.truths import truths_for
from ekbom.trial.folder import Trial

SLOW, FAST = built_in("magnesium-rls"), built_in("magnesium-rls-fast")
NOW = datetime(2027, 1, 1, tzinfo=UTC)
K15_BAR, K21_BAR = 5e-3, 1e-6
"""In posterior sds: what 15 nodes of tau resolve, and what is asked of the verdict's own 21."""


def asking(protocol: Protocol = FAST, **scale: object) -> Protocol:
    """Return a protocol whose one outcome is the urge on another scale."""
    urge = replace(protocol.primary, **scale)
    return checked(replace(protocol, outcomes=(urge,)), file="asking")


def designed(**design: object) -> Protocol:
    return checked(replace(asking(), design=DesignPlan(**design)), file="designed")


CALM = asking(direction="higher")
MINUTES = asking(kind="minutes", maximum=720.0, prior_range=120.0, mid=10.0, unit="minutes")
PLANS = {
    "slow": SLOW,
    "fast": FAST,
    "higher is better": CALM,
    "minutes": MINUTES,
    "blocks": designed(
        kind="blocks",
        blocks=3,
        block=("magnesium", "magnesium", "placebo", "placebo"),
        period_nights=5,
        unanalysed_nights=1,
    ),
    "complete": designed(kind="complete", periods=10, period_nights=5, max_run=3),
    "counterbalanced": designed(kind="counterbalanced", pairs=4, period_nights=8),
    "start points": designed(
        kind="start_points", periods=60, pattern="ABAB", minimum_phase=8, period_nights=1
    ),
    "one order": designed(
        kind="start_points", periods=12, pattern="AB", minimum_phase=6, period_nights=5
    ),
    "a washout between": designed(kind="pairs", pairs=5, period_nights=6, washout_nights=4),
    "no side effect reveals": checked(
        replace(FAST, side_effects=tuple(replace(s, reveals=False) for s in FAST.side_effects)),
        file="quiet",
    ),
}


def truth(plan: str, name: str) -> Participant:
    """Return the person of a truth that simulations try."""
    found = {t.id: t.participant for t in truths_for(layout_of(PLANS[plan]))}
    return found[name]


def person(plan: str = "fast", beta: float = 0.0, **parts: object) -> Participant:
    usual = usual_participant(PLANS[plan].primary, beta=beta, tau=2.0)
    return replace(usual, **parts)


EVEN = Participant(beta=0.0, nights=Nights(sd=0.0), missing=Missing(share=0.0))
STRONG = {"unblinding": Unblinding(added=0.0), "forgetting": Forgetting(share=0.0)}

CASES: dict[str, tuple[str, Participant, int]] = {
    **{
        f"{plan}: {name}, seed {seed}": (plan, truth(plan, name), seed)
        for plan in ("slow", "fast")
        for name in ("none", "none_unblinded", "worthwhile_full_tau2", "large_full_tau2")
        for seed in (1, 3)
    },
    **{
        f"{plan}: beta {beta:g}, seed {seed}": (plan, person(plan, beta, **STRONG), seed)
        for plan, beta, seed in (
            ("fast", -4.0, 3),
            ("fast", 4.0, 4),
            ("slow", 4.0, 5),
            ("higher is better", 4.0, 6),
            ("higher is better", -4.0, 7),
            ("higher is better", 0.0, 8),
            ("minutes", -60.0, 9),
            ("minutes", 0.0, 10),
            ("minutes", 60.0, 11),
            ("blocks", -3.0, 12),
            ("blocks", 0.0, 13),
            ("complete", -3.0, 14),
            ("complete", 0.0, 15),
            ("counterbalanced", -3.0, 16),
            ("counterbalanced", 2.0, 17),
            ("start points", -4.0, 18),
            ("start points", 0.0, 19),
            ("one order", -4.0, 20),
            ("a washout between", -3.0, 32),
            ("no side effect reveals", -3.0, 21),
        )
    },
    "half of the mornings missing": ("fast", person(beta=-3.0, missing=Missing(share=0.5)), 22),
    "after bad nights missing": (
        "fast",
        person(beta=-3.0, missing=Missing(share=0.1, after_bad=0.3)),
        23,
    ),
    "few reports": ("fast", person(beta=-3.0, missing=Missing(share=0.85)), 24),
    "few reports in long periods": (
        "slow",
        replace(truth("slow", "none"), missing=Missing(share=0.7)),
        25,
    ),
    "hardly a report": ("fast", person(missing=Missing(share=0.97)), 26),
    "not one report": ("fast", person(missing=Missing(share=1.0)), 27),
    "no spread": ("fast", EVEN, 28),
    "two answers only": ("fast", replace(EVEN, level=4.5, beta=-1.0, nights=Nights(sd=0.2)), 29),
    "far beyond the scale": ("fast", person(beta=-3.0, level=-5.0), 30),
    "given away": (
        "fast",
        person(beta=-2.5, unblinding=Unblinding(points_better=1.0, added=0.4)),
        31,
    ),
}


@dataclass(frozen=True)
class Both:
    """One trial as its verdict sees it and as a simulation does."""

    protocol: Protocol
    verdict: TrialVerdict
    outcome: OutcomeVerdict
    found: Analysed
    word: str

    def check(self, name: str) -> float | None:
        return next((c.value for c in self.outcome.checks if c.name == name), None)


def lived(folder: Path, protocol: Protocol, someone: Participant, seed: int) -> Trial:
    return simulate_trial(
        path=folder / "trial",
        protocol=protocol,
        participant=someone,
        rng=np.random.default_rng(seed),
        start=date(2025, 1, 6),
        zone="Europe/Berlin",
    )


def seen(
    verdict: TrialVerdict, *, tau_nodes: int, until_block: int | None = None, rule=None
) -> Both:
    """Return a verdict beside what a simulation says of the very same answers."""
    trial, schedule = verdict.trial, verdict.schedule
    layout = layout_of(trial.protocol)
    orders = np.array([schedule.sequence], dtype=np.int8)
    found = analyse(
        layout=layout,
        value=trial.diary.values("urge", dates=schedule.dates)[None],
        loose=trial.diary.values("loose_stools", dates=schedule.dates)[None] >= 1,
        orders=orders,
        theta=np.zeros(1),
        until_block=until_block,
        tau_nodes=tau_nodes,
    )
    place = judge_many(found, layout=layout, rule=rule or trial.protocol.decision)
    return Both(trial.protocol, verdict, verdict.outcomes["urge"], found, WORDS[int(place[0])])


@functools.cache
def judged(name: str) -> TrialVerdict:
    plan, someone, seed = CASES[name]
    with tempfile.TemporaryDirectory() as folder:
        trial = lived(Path(folder), PLANS[plan], someone, seed)
        return reach_verdict(trial=trial, now=NOW, only=("urge",))


def with_reports(trial: Trial, kept: Callable[[date], bool]) -> Trial:
    """Return a trial whose diary has only some of its nights."""
    return replace(trial, diary=Diary(tuple(n for n in trial.diary.nights if kept(n.date))))


def agree(both: Both, *, bar: float) -> None:
    """Make sure that p values, gates and words are equal, and the posterior within ``bar`` sd."""
    outcome, found = both.outcome, both.found
    test = outcome.randomisation
    numbers = (found.p, found.p_benefit, found.p_harm, found.smallest_p)
    expected = (test.p, test.p_benefit, test.p_harm, test.smallest_p_one_sided)
    for number, want in zip(numbers, expected, strict=True):
        assert (None if np.isnan(number[0]) else number[0]) == (
            want if test.p is not None else None
        )
    same_posterior(both, bar)
    same_gates(both, bar)
    same_word(both)


def same_posterior(both: Both, bar: float) -> None:
    theta, found = both.outcome.theta, both.found
    if theta is None:
        for name in ("mean", "sd", "better", "benefit", "harm", "negligible", "sd_ratio"):
            assert np.isnan(getattr(found, name)).all()
        return
    assert found.mean[0] == pytest.approx(theta.mean, abs=bar * theta.sd)
    assert found.sd[0] == pytest.approx(theta.sd, rel=bar)
    said = both.outcome.probability
    assert said is not None
    for name in ("better", "benefit", "harm", "negligible"):
        assert getattr(found, name)[0] == pytest.approx(getattr(said, name), abs=bar)
    assert found.worse[0] == pytest.approx(1 - said.better, abs=bar)


def same_gates(both: Both, bar: float) -> None:
    found, layout = both.found, layout_of(both.protocol)
    least = both.protocol.decision.min_reports
    pairs = pairs_with_enough(found, layout=layout, least=least)[0]
    assert pairs == both.check("pairs_with_enough_reports")
    assert found.missing[0] == both.check("missing_share")
    assert found.gap[0] == pytest.approx(both.check("reported_share_gap"), abs=1e-12)
    ratio = both.check("posterior_sd_over_prior_sd")
    if ratio is not None:
        assert found.sd_ratio[0] == pytest.approx(ratio, rel=bar)
    revealed = both.check("revealing_side_effects_gap")
    if revealed is not None:
        assert found.revealed[0] == revealed
    assert [p.reports for p in both.outcome.periods] == found.reports[0].tolist()


def same_word(both: Both) -> None:
    """Compare the words, without the sensitivity analyses, which simulations leave out."""
    outcome = both.outcome
    gates = [name for name in outcome.because if not name.startswith("sensitivity_")]
    expected = CANNOT_TELL if gates else outcome.model_word
    assert both.word == expected, (gates, outcome.model_word)


@pytest.mark.slow
@pytest.mark.parametrize("name", CASES)
def test_a_simulation_judges_as_the_verdict_does(name):
    verdict = judged(name)
    agree(seen(verdict, tau_nodes=verdict.trial.protocol.analysis.tau_nodes), bar=K21_BAR)


@pytest.mark.slow
@pytest.mark.parametrize("name", list(CASES)[::3])
def test_with_15_nodes_of_tau_as_simulations_take_them_the_posterior_is_within_the_bar(name):
    same_posterior(seen(judged(name), tau_nodes=15), K15_BAR)


@pytest.mark.slow
def test_the_cases_say_every_word_and_fail_at_most_gates():
    outcomes = [judged(name).outcomes["urge"] for name in CASES]
    assert {*WORDS} == {outcome.verdict for outcome in outcomes}
    assert {
        "pairs_with_enough_reports",
        "missing_share",
        "randomisation_agrees",
        "randomisation_test_possible",
        "sure_although_revealed",
        "too_few_nights",
    } <= {name for outcome in outcomes for name in outcome.because}


def test_reports_of_one_period_alone_agree(tmp_path):
    trial = lived(tmp_path, SLOW, person("slow", missing=Missing(share=0.0)), 1)
    only = {n.night for n in trial.calendar().randomised if n.period == 2}
    verdict = reach_verdict(trial=with_reports(trial, only.__contains__), now=NOW, only=("urge",))
    agree(seen(verdict, tau_nodes=21), bar=K21_BAR)
    assert "posterior_sd_over_prior_sd" in verdict.outcomes["urge"].because


@pytest.mark.parametrize("share", [2, 3, 5])
def test_reports_mostly_on_one_treatment_agree(tmp_path, share):
    trial = lived(tmp_path, FAST, person(beta=-3.0, missing=Missing(share=0.0)), share)
    schedule = reach_verdict(trial=trial, now=NOW, only=("urge",)).schedule
    treated = dict(zip(schedule.dates, schedule.treated, strict=True))
    cut = with_reports(trial, lambda night: not treated[night] or night.toordinal() % share > 0)
    verdict = reach_verdict(trial=cut, now=NOW, only=("urge",))
    agree(seen(verdict, tau_nodes=21), bar=K21_BAR)
    refused = "reported_share_gap" in verdict.outcomes["urge"].because
    assert refused == (share < 5 or verdict.outcomes["urge"].checks[2].value > 0.2)


@pytest.mark.parametrize("beta", [-4.0, 0.0, 4.0])
@pytest.mark.parametrize("pair", [2, 4])
def test_a_declared_look_agrees(tmp_path, beta, pair):
    looking = checked(
        replace(FAST, looks=(Look(after_pair=pair, probability_better=0.99),)), file="looking"
    )
    trial = lived(tmp_path, looking, person(beta=beta, **STRONG), 40 + pair)
    last = max(n.night for n in trial.calendar().randomised if n.block == pair)
    so_far = with_reports(trial, lambda night: night <= last)
    found, verdict = verdict_at_look(trial=so_far, now=NOW)
    assert found == pair
    rule = replace(looking.decision, probability_better=0.99)
    agree(seen(verdict, tau_nodes=21, until_block=pair, rule=rule), bar=K21_BAR)
    # Reports of later nights change nothing of a look, nor does a simulation let them.
    later = seen(replace(verdict, trial=trial), tau_nodes=21, until_block=pair, rule=rule)
    agree(later, bar=K21_BAR)


def test_what_is_missing_is_counted_as_a_verdict_counts_it():
    # 3 of 10 missing is .3 and passes a rule that allows .3; 1 - .7 is a little more in binary.
    plan = DesignPlan(kind="pairs", pairs=5, period_nights=6)
    protocol = replace(asking(), design=plan)
    layout = layout_of(protocol)
    value = np.full((1, layout.nights), 5.0)
    first = int(layout.schedule.randomised.argmax())
    value[0, first : first + 60 : 10] = np.nan
    value[0, first + 3 : first + 60 : 10] = np.nan
    value[0, first + 7 : first + 60 : 10] = np.nan
    orders = layout.draw(1, np.random.default_rng(1))
    found = analyse(
        layout=layout,
        value=value,
        loose=np.zeros(value.shape, dtype=bool),
        orders=orders,
        theta=np.zeros(1),
    )
    assert found.missing[0] == 0.3
