"""Plans side by side: the neighbours are plans, and the recommended one is the one it should be."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import Any

import pytest

from ekbom.design.plan import check_design
from ekbom.problem import InputError
from ekbom.protocol.files import BUILT_IN, built_in, checked
from ekbom.protocol.model import DesignPlan, Protocol
from ekbom.report.comparison_words import comparison_lines
from ekbom.simulation.burden import burden_of
from ekbom.simulation.characteristics import Estimated, simulate, summarise
from ekbom.simulation.comparison import (
    MOST_FALSE,
    Candidate,
    Comparison,
    Limits,
    _best,
    _beyond,
    alternatives,
    compare_plans,
)
from ekbom.simulation.executors import run_here
from ekbom.simulation.layout import layout_of
from ekbom.simulation.record import comparison_record
from ekbom.simulation.truths import truths_for
from trials import plain_protocol

PLAN = plain_protocol(design=DesignPlan(kind="pairs", pairs=4, period_nights=6))
RULE = replace(PLAN.decision, min_reports=2)


def of(**design: object) -> Protocol:
    return plain_protocol(decision=RULE, design=DesignPlan(**design))


def found_for(protocol: Protocol, false: Estimated):
    """Return characteristics whose only row is that of no effect, with a chance of false helps."""
    layout = layout_of(protocol)
    truth = truths_for(layout)[0]
    one = simulate(protocol=protocol, truths=(truth,), trials=2, seed=1)
    row = one.rows[0]
    words = {**row.words, "helps": false}
    return replace(one, rows=(replace(row, words=words),))


NO_EFFECT = found_for(PLAN, Estimated(0.0, 0.001))


def candidate(chance: float, *, nights: int, error: float = 0.01, out: tuple[str, ...] = ()):
    burden = replace(NO_EFFECT.burden, nights=nights, weeks=nights / 7)
    return Candidate(
        found=replace(NO_EFFECT, burden=burden),
        chance=chance,
        error=error,
        false=0.0,
        false_error=0.001,
        out=out,
    )


# --- which plans ------------------------------------------------------------------------------


PLANS = {
    **{name: built_in(name) for name in BUILT_IN},
    "pairs": of(kind="pairs", pairs=4, period_nights=6, unanalysed_nights=2),
    "one pair": of(kind="pairs", pairs=1, period_nights=6),
    "many short ones": of(kind="pairs", pairs=20, period_nights=2, washout_nights=1),
    "counterbalanced": of(kind="counterbalanced", pairs=4, period_nights=6),
    "blocks": of(kind="blocks", blocks=3, block=("tea", "water"), period_nights=6),
    "complete": of(kind="complete", periods=8, period_nights=3),
    "start points": of(
        kind="start_points", periods=30, pattern="ABA", minimum_phase=5, period_nights=1
    ),
}


@pytest.mark.parametrize("name", PLANS)
def test_every_alternative_is_a_sound_protocol_that_can_be_simulated(name):
    plans = alternatives(PLANS[name])
    assert plans[0] == PLANS[name]
    assert len({plan.design for plan in plans}) == len(plans)
    for plan in plans:
        assert checked(plan, file="one") == plan
        check_design(plan, file="one")
        layout_of(plan)
        assert plan.outcomes == PLANS[name].outcomes


def test_a_paired_plan_has_every_kind_of_neighbour():
    fast = alternatives(built_in("magnesium-rls-fast"))
    seen = {
        (
            p.design.pairs,
            p.design.period_nights,
            p.design.unanalysed_nights,
            p.design.washout_nights,
        )
        for p in fast
    }
    # More and fewer pairs; longer periods; more, fewer, no unanalysed nights; a washout instead.
    assert {(6, 7, 2, 0), (8, 7, 2, 0), (4, 7, 2, 0), (3, 14, 2, 0)} <= seen
    assert {(6, 7, 3, 0), (6, 7, 0, 0), (6, 7, 0, 2)} <= seen


def test_more_pairs_than_the_protocol_offers_are_no_alternative():
    slow = built_in("magnesium-rls")
    assert max(p.design.pairs or 0 for p in alternatives(slow)) <= slow.design.max_pairs
    unlimited = of(kind="pairs", pairs=6, period_nights=6)
    assert max(p.design.pairs or 0 for p in alternatives(unlimited)) == 12


def test_a_neighbour_whose_periods_cannot_have_enough_reports_is_left_out():
    # Half of 6 nights are 3: too few for a rule that wants 5 reports of a period.
    strict = replace(of(kind="pairs", pairs=4, period_nights=6), decision=PLAN.decision)
    for plan in alternatives(strict)[1:]:
        assert plan.design.period_nights - plan.design.unanalysed_nights >= 5
    # The plan itself stays, so that its person sees what it can do.
    wordless = of(kind="pairs", pairs=4, period_nights=4)
    wordless = replace(wordless, decision=PLAN.decision)
    assert alternatives(wordless)[0] == wordless


# --- limits and false alarms ------------------------------------------------------------------


def test_limits_are_reached_and_not_passed():
    burden = burden_of(layout_of(PLAN))
    weeks, nights = burden.weeks, burden.placebo_nights
    within = Limits(weeks=weeks, placebo_nights=nights)
    assert list(_beyond(NO_EFFECT, within)) == []
    assert list(_beyond(NO_EFFECT, Limits())) == []
    assert list(_beyond(NO_EFFECT, Limits(weeks=weeks - 0.01))) == ["weeks"]
    assert list(_beyond(NO_EFFECT, Limits(placebo_nights=nights - 1))) == ["placebo nights"]


@pytest.mark.parametrize(("false", "out"), [(0.03, 0), (0.05, 0), (0.051, 1)])
def test_false_alarms_count_when_they_are_beyond_3_of_100_by_two_standard_errors(false, out):
    found = found_for(PLAN, Estimated(false, 0.01))
    assert MOST_FALSE == 0.03
    assert list(_beyond(found, Limits())) == ["false alarms"] * out


# --- the recommended one ----------------------------------------------------------------------


def test_the_best_chance_is_recommended():
    some = [candidate(0.5, nights=100), candidate(0.8, nights=300), candidate(0.6, nights=50)]
    assert _best(some) == 1


def test_of_those_as_good_within_two_standard_errors_the_shortest():
    # Two errors of a difference between two plans: 2 sqrt(.01^2 + .01^2) = .0283.
    some = [candidate(0.80, nights=300), candidate(0.772, nights=200), candidate(0.771, nights=100)]
    assert _best(some) == 1


def test_of_those_equally_short_the_first():
    some = [candidate(0.79, nights=100), candidate(0.8, nights=100)]
    assert _best(some) == 0


def test_what_is_out_is_neither_recommended_nor_the_measure_of_the_others():
    some = [
        candidate(0.99, nights=50, out=("false alarms",)),
        candidate(0.5, nights=100),
        candidate(0.3, nights=20),
    ]
    assert _best(some) == 1


def test_none_is_recommended_where_none_qualifies():
    assert _best([candidate(0.9, nights=9, out=("weeks",))]) is None


def comparison(*candidates: Candidate, **changes: Any) -> Comparison:
    given: dict[str, Any] = {
        "candidates": candidates,
        "recommended": _best(candidates),
        "limits": Limits(),
        "benefit": 1.5,
        "taus": (2.0,),
        "complete": True,
    }
    return Comparison(**{**given, **changes})


def said(found: Comparison) -> str:
    return " ".join(" ".join(comparison_lines(comparison_record(found))).split())


def test_it_is_said_which_plan_is_recommended_and_what_it_is_worth():
    strong = comparison(candidate(0.8, nights=100), candidate(0.4, nights=70))
    assert "Recommended: plan 1, 4 pairs of 6 nights." in said(strong)
    assert "misses" not in said(strong)
    weak = comparison(candidate(0.4, nights=100), candidate(0.3, nights=70))
    assert "Even this plan misses such an effect more often than it finds it." in said(weak)
    close = comparison(candidate(0.8, nights=100), candidate(0.79, nights=70))
    assert "Recommended: plan 2" in said(close)
    assert "Plan 1 found it more often, but not by more than chance" in said(close)


def test_it_is_said_why_plans_are_out_and_what_the_limits_were():
    limits = Limits(weeks=12, placebo_nights=20.5)
    none = comparison(candidate(0.9, nights=99, out=("weeks", "placebo nights")), limits=limits)
    text = said(none)
    assert (
        "None of these plans qualifies. Your limits: at most 12 weeks and at most 20.5 nights"
        in text
    )
    assert "too long, too much placebo" in text
    assert "nights on water" in text


# --- as a whole -------------------------------------------------------------------------------


def small(run: Any = run_here, **changes: Any) -> Comparison:
    given: dict[str, Any] = {
        "protocols": (PLAN, of(kind="pairs", pairs=5, period_nights=6)),
        "limits": Limits(weeks=1000),
        "taus": (1.0, 3.0),
        "trials": 50,
        "seed": 3,
        "run": run,
    }
    return compare_plans(**{**given, **changes})


@pytest.mark.slow
def test_a_comparison_holds_the_simulation_of_every_plan_under_one_seed():
    ticks: list[tuple[int, int]] = []
    found = small(progress=lambda done, wanted: ticks.append((done, wanted)))
    assert found.complete
    assert {one.out[:1] for one in found.candidates} == {("trials",)}
    assert found.recommended is None
    assert found.benefit == 1.5 * PLAN.primary.mid
    for one, plan in zip(
        found.candidates, (PLAN, of(kind="pairs", pairs=5, period_nights=6)), strict=True
    ):
        none, *effects = one.found.rows
        assert (none.truth.size, one.found.protocol, one.found.seed) == ("none", plan, 3)
        assert [row.truth.tau for row in effects] == [1.0, 3.0]
        assert {row.truth.beta for row in effects} == {-1.5}
        helps = [row.words["helps"] for row in effects]
        assert one.chance == pytest.approx(sum(h.value for h in helps) / 2)
        # The same people live every onset time: the mean is no surer than one of them.
        assert min(h.error for h in helps) <= one.error <= max(h.error for h in helps)
        assert one.false == none.words["helps"].value
    assert ticks == [(n, 300) for n in range(50, 301, 50)]
    record = comparison_record(found)
    assert json.loads(json.dumps(record, allow_nan=False)) == record


def stopped_at(batch: int) -> Callable[..., Iterator[tuple[int, Any]]]:
    seen = 0

    def run(work: Callable[[Any], Any], tasks: Sequence[Any]) -> Iterator[tuple[int, Any]]:
        nonlocal seen
        for place, task in enumerate(tasks):
            if seen == batch:
                raise KeyboardInterrupt
            seen += 1
            yield place, work(task)

    return run


@pytest.mark.slow
@pytest.mark.parametrize("batch", [3, 4, 5])
def test_an_interrupt_keeps_the_plans_that_were_tried_and_recommends_none(batch):
    found = small(stopped_at(batch))
    assert not found.complete
    assert len(found.candidates) == 1
    assert found.candidates[0].found.complete
    assert found.recommended is None
    assert "Interrupted: not every plan was tried to the end, so none is recommended." in said(
        found
    )
    assert comparison_record(found)["complete"] is False


def test_an_interrupt_before_the_first_plan_is_done_has_nothing_to_tell():
    with pytest.raises(KeyboardInterrupt):
        small(stopped_at(2))


def test_a_plan_that_cannot_be_simulated_is_refused():
    with pytest.raises(InputError):
        small(protocols=(replace(PLAN, randomised=False),))


def test_the_false_alarms_are_those_of_no_effect():
    found = small(protocols=(PLAN,)).candidates[0]
    none = found.found.rows[0]
    again = summarise(
        truth=none.truth, found=none.analysed, layout=layout_of(PLAN), rule=PLAN.decision
    )
    assert again.words["helps"].value == found.false
