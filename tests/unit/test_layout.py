"""A layout agrees with what the analysis of a real trial reads from its own calendar."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import numpy as np
import pytest
from scipy import stats

from ekbom.analysis.estimate import effect_prior_sd
from ekbom.analysis.schedule import Schedule, plan_schedule
from ekbom.design.calendar import build_calendar
from ekbom.design.clock import Clock
from ekbom.design.design import draw_sequence
from ekbom.problem import InputError
from ekbom.protocol.files import built_in, content_hash, resolved, toml_text, with_design
from ekbom.protocol.model import DesignPlan, LivedPeriod, Protocol
from ekbom.simulation.layout import Layout, layout_of
from trials import at, plain_protocol, shell

DESIGNS = {
    "magnesium-rls": built_in("magnesium-rls"),
    "magnesium-rls-fast": built_in("magnesium-rls-fast"),
    "pairs with a washout between": plain_protocol(
        design=DesignPlan(kind="pairs", pairs=3, period_nights=6, washout_nights=4)
    ),
    "counterbalanced": plain_protocol(
        design=DesignPlan(kind="counterbalanced", pairs=4, period_nights=5, unanalysed_nights=2)
    ),
    "blocks": plain_protocol(
        design=DesignPlan(kind="blocks", blocks=3, block=("tea", "water", "water"), period_nights=4)
    ),
    "complete": plain_protocol(
        design=DesignPlan(kind="complete", periods=9, period_nights=3, max_run=2)
    ),
    "start points": plain_protocol(
        design=DesignPlan(
            kind="start_points", periods=40, pattern="ABAB", minimum_phase=6, period_nights=1
        )
    ),
}
TAUS = np.array([0.0, 0.5, 2.0, 7.0, 21.0, 90.0])

every_design = pytest.mark.parametrize("name", DESIGNS)


def orders_of(layout: Layout, count: int = 6) -> np.ndarray:
    rng = np.random.default_rng(8)
    return np.array([draw_sequence(layout.design, rng) for _ in range(count)], dtype=np.int8)


def schedule_of(protocol: Protocol, order: np.ndarray) -> Schedule:
    """Return the nights of one order as a verdict would lay them out, begun on another weekday."""
    calendar = build_calendar(protocol=protocol, start=date(2026, 3, 5), clock=Clock("UTC"))
    return plan_schedule(protocol=protocol, calendar=calendar, sequence=tuple(order.tolist()))


@every_design
def test_the_nights_of_every_order_are_those_of_its_schedule(name):
    layout = layout_of(DESIGNS[name])
    orders = orders_of(layout)
    for i, order in enumerate(orders):
        schedule = schedule_of(DESIGNS[name], order)
        assert np.array_equal(layout.treated(orders)[i], schedule.treated)
        assert np.array_equal(layout.dose(orders)[i], schedule.dose)
        assert np.array_equal(layout.planned, schedule.randomised & schedule.analysed)
        assert np.array_equal(layout.schedule.period, schedule.period)
        assert np.array_equal(layout.schedule.block, schedule.block)
        assert np.array_equal(layout.schedule.trend, schedule.trend)
    assert layout.nights == len(schedule.dose)


@every_design
def test_the_contrast_of_every_order_is_that_of_its_schedule(name):
    layout = layout_of(DESIGNS[name])
    orders = orders_of(layout)
    expected = [schedule_of(DESIGNS[name], order).contrast(TAUS) for order in orders]
    assert layout.contrast(orders, TAUS) == pytest.approx(np.array(expected).T, abs=1e-12)


@every_design
def test_the_prior_sd_of_every_order_is_that_of_the_analysis(name):
    layout = layout_of(DESIGNS[name])
    orders = orders_of(layout)
    expected = [
        effect_prior_sd(layout.priors, schedule_of(DESIGNS[name], order).contrast)
        for order in orders
    ]
    assert layout.prior_sd(orders) == pytest.approx(np.array(expected), rel=1e-12)
    # Equal orders have equal ones, wherever they stand.
    twice = layout.prior_sd(np.concatenate([orders, orders[::-1]]))
    assert np.array_equal(twice[: len(orders)], twice[len(orders) :][::-1])


@every_design
def test_only_admissible_orders_are_drawn(name):
    layout = layout_of(DESIGNS[name])
    drawn = layout.draw(300, np.random.default_rng(1))
    assert drawn.shape == (300, len(layout.reference.periods[0]))
    assert all(layout.design.probability(tuple(order)) > 0 for order in drawn.tolist())


def test_every_order_is_drawn_equally_often_by_a_chi_squared_test():
    layout = layout_of(DESIGNS["magnesium-rls-fast"])
    drawn = layout.draw(64 * 100, np.random.default_rng(1))
    _, seen = np.unique(drawn, axis=0, return_counts=True)
    assert len(seen) == 64
    assert stats.chisquare(seen).pvalue > 0.001


MANY_ORDERS = {
    "64 orders": DESIGNS["magnesium-rls-fast"],
    "3432 orders": plain_protocol(design=DesignPlan(kind="complete", periods=14, period_nights=3)),
    "4096 orders": with_design(built_in("magnesium-rls-fast"), pairs=12),
}


@pytest.mark.parametrize("name", MANY_ORDERS)
def test_the_mean_contrast_is_that_of_all_orders(name):
    layout = layout_of(MANY_ORDERS[name])
    every = layout.contrast(layout.reference.periods, TAUS).mean(axis=1)
    found = [layout.mean_contrast(float(tau)) for tau in TAUS]
    # Beyond 512 orders a part of them, spread over all, stands for the rest.
    assert found == pytest.approx(
        every, abs=0.003 if len(layout.reference.periods) > 512 else 1e-12
    )
    assert found[0] == pytest.approx(1.0)


def test_a_difference_is_the_mean_of_treated_planned_nights_less_that_of_the_others():
    layout = layout_of(DESIGNS["pairs with a washout between"])
    orders = orders_of(layout, 3)
    nightly = np.random.default_rng(4).normal(size=(2, 3, layout.nights))
    treated = layout.treated(orders)
    expected = [
        [
            row[layout.planned & treated[i]].mean() - row[layout.planned & ~treated[i]].mean()
            for i, row in enumerate(block)
        ]
        for block in nightly
    ]
    assert layout.difference(nightly, orders) == pytest.approx(np.array(expected))


PLAIN = plain_protocol()
COUNTED = replace(PLAIN.primary, kind="count")
UNFIT = {
    "fixed order": (
        plain_protocol(
            randomised=False,
            design=DesignPlan(kind="fixed", order=("tea", "water"), period_nights=9),
        ),
        "chance does not decide its order",
    ),
    "not randomised": (plain_protocol(randomised=False), "chance does not decide its order"),
    "imported": (
        plain_protocol(
            imported=True,
            design=DesignPlan(
                kind="pairs",
                pairs=1,
                lived=(
                    LivedPeriod(position=1, first=date(2025, 1, 1), last=date(2025, 1, 7)),
                    LivedPeriod(position=2, first=date(2025, 1, 8), last=date(2025, 1, 14)),
                ),
            ),
        ),
        "chance does not decide its order",
    ),
    "a count": (plain_protocol(outcomes=(COUNTED,)), "is a count, which cannot be simulated"),
    "no order to draw": (
        plain_protocol(design=DesignPlan(kind="complete", periods=1, period_nights=9)),
        "give at least two treatments",
    ),
}


@pytest.mark.parametrize("name", UNFIT)
def test_a_protocol_that_cannot_be_simulated_is_refused_in_words(name):
    protocol, message = UNFIT[name]
    with pytest.raises(InputError, match=message) as refused:
        layout_of(protocol)
    assert refused.value.problems[0].do


@pytest.mark.parametrize("name", UNFIT)
def test_the_shell_refuses_it_too(tmp_path, name):
    protocol, message = UNFIT[name]
    file = tmp_path / "mine.toml"
    file.write_text(toml_text(resolved(protocol)), encoding="utf-8")
    for more in ((), ("--compare",)):
        found = shell("simulate", file, "--trials", "2", *more, now=at(0))
        assert found.exit_code == 2
        assert found.stdout == ""
        assert message in found.stderr
        assert "Traceback" not in found.stderr


def test_a_design_that_an_option_makes_impossible_is_refused_by_the_shell(tmp_path):
    protocol = plain_protocol(design=DesignPlan(kind="counterbalanced", pairs=4, period_nights=3))
    file = tmp_path / "mine.toml"
    file.write_text(toml_text(resolved(protocol)), encoding="utf-8")
    for option in (("--unanalysed", "3"), ("--pairs", "300"), ("--period-nights", "3000")):
        found = shell("simulate", file, "--trials", "2", *option, now=at(0))
        assert found.exit_code == 2, option
        assert "Traceback" not in found.stderr
        assert found.stderr.startswith("plain: ")


def test_a_layout_is_made_once_for_equal_protocols():
    again = replace(DESIGNS["blocks"])
    assert content_hash(again) == content_hash(DESIGNS["blocks"])
    assert layout_of(again) is layout_of(DESIGNS["blocks"])
