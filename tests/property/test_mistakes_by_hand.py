"""Packs made by hand: every single mistake is what docs/blinding-alone.md claims of it."""

from __future__ import annotations

import functools
import itertools
import tempfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from alone_trials import of_pairs, with_packs
from by_hand import check_words
from ekbom.cli import main as shell
from ekbom.simulation.handmade import Bench, Where, make_by_hand, told
from ekbom.simulation.mistakes import MISTAKES
from ekbom.simulation.noticed import noticed
from ekbom.trial.folder import Trial
from ekbom.trial.packing import packing_steps
from ekbom.trial.slips import Slip, contradictions, slip_typed, slips_of

TRUE_AS_FOUND = ("slips of two pairs", "packs of two pairs")
"""Mistakes that the slips show, and of which they still tell the truth."""

UNSEEN_AND_WRONG = ("wrong kind", "codes exchanged")
"""Mistakes that nothing shows, after which the slips always tell another order than was taken."""

CLAIMED = {
    claim: [name for name, mistake in MISTAKES.items() if mistake.claim == claim]
    for claim in ("detected", "harmless", "prevented")
}


@functools.cache
def ready(pairs: int) -> tuple[Trial, tuple[Slip, ...]]:
    """Return a trial of so many pairs whose packs are ready, and its slips."""
    with tempfile.TemporaryDirectory() as folder:
        trial = with_packs(Path(folder) / "t", of_pairs(pairs))
        return trial, slips_of(trial)


@st.composite
def trials(draw: st.DrawFn) -> tuple[int, tuple[bool, ...], Where]:
    pairs = draw(st.sampled_from([2, 3, 6]))
    coins = draw(st.tuples(*[st.booleans()] * pairs))
    pair, other = draw(st.permutations(range(pairs)))[:2]
    return pairs, coins, Where(pair=pair, other=other, coin=draw(st.booleans()))


def packed(name: str | None, pairs: int, coins: tuple[bool, ...], where: Where) -> Bench:
    mistake = MISTAKES.get(name or "")
    return make_by_hand(
        ready(pairs)[1],
        coins=coins,
        stage=mistake and mistake.stage,
        happen=mistake and mistake.happen,
        where=where,
    )


def as_told(bench: Bench, pairs: int) -> tuple[str, ...]:
    trial, slips = ready(pairs)
    return told(bench, slips, protocol=trial.protocol)


def held(bench: Bench) -> tuple[str, ...]:
    """Return what the packs held in the order of their places, whoever took from them."""
    return tuple(pack.kind for pack in bench.row)


@settings(deadline=None, max_examples=25)
@given(made=trials())
def test_without_a_mistake_nothing_is_noticed_and_the_slips_tell_the_truth(
    made: tuple[int, tuple[bool, ...], Where],
) -> None:
    bench = packed(None, *made)
    trial, slips = ready(made[0])
    assert noticed(bench, slips, trial=trial) == {}
    assert as_told(bench, made[0]) == held(bench) == bench.taken


@pytest.mark.parametrize("name", CLAIMED["detected"])
@settings(deadline=None, max_examples=25)
@given(made=trials())
def test_what_is_called_detected_is_noticed_where_it_is_said(
    name: str, made: tuple[int, tuple[bool, ...], Where]
) -> None:
    bench = packed(name, *made)
    trial, slips = ready(made[0])
    assert MISTAKES[name].by in noticed(bench, slips, trial=trial)
    if name in TRUE_AS_FOUND:
        found = {n: slip_typed(code, slips=slips, pack=n) for n, code in bench.read.items()}
        assert contradictions(found, protocol=trial.protocol, as_found=True) == []
        assert as_told(bench, made[0]) == held(bench) == bench.taken


@pytest.mark.parametrize("name", CLAIMED["harmless"])
@settings(deadline=None, max_examples=25)
@given(made=trials())
def test_what_is_called_harmless_leaves_the_truth_and_an_even_chance(
    name: str, made: tuple[int, tuple[bool, ...], Where]
) -> None:
    pairs, _, where = made
    trial, slips = ready(pairs)
    assert noticed(packed(name, *made), slips, trial=trial) == {}
    orders = []
    for coins in itertools.product((False, True), repeat=pairs):
        bench = packed(name, pairs, coins, where)
        packs = held(bench)
        assert as_told(bench, pairs) == packs
        assert all(kind in (None, packs[place]) for place, kind in enumerate(bench.taken))
        orders.append(packs)
    # Each of the equally likely falls of the coins has an order of its own.
    assert len(set(orders)) == 2**pairs


@pytest.mark.parametrize("name", CLAIMED["prevented"])
@settings(deadline=None, max_examples=25)
@given(made=trials())
def test_what_is_called_prevented_shows_nowhere(
    name: str, made: tuple[int, tuple[bool, ...], Where]
) -> None:
    bench = packed(name, *made)
    trial, slips = ready(made[0])
    assert noticed(bench, slips, trial=trial) == {}
    wrong = as_told(bench, made[0]) != bench.taken
    assert wrong == (name in UNSEEN_AND_WRONG)


@pytest.mark.parametrize("name", [n for n, m in MISTAKES.items() if m.claim == "prevented"])
def test_what_is_prevented_does_do_harm(name: str) -> None:
    """Else it would be harmless, and its step needless: the order, the truth or a night is off."""
    where = Where(pair=1, other=0, coin=True)
    benches = [
        packed(name, 2, coins, where) for coins in itertools.product((False, True), repeat=2)
    ]
    uneven = len({as_told(bench, 2) for bench in benches}) < 4
    untrue = any(as_told(bench, 2) != bench.taken or bench.borrowed for bench in benches)
    assert uneven or untrue


def test_every_row_names_a_step_or_a_command_that_there_is() -> None:
    commands = {"slips read", "slips lost"}
    group = shell.get_command(None, "slips")  # type: ignore[arg-type]  # needs no context
    assert {f"slips {name}" for name in group.commands} >= commands  # type: ignore[union-attr]  # a group
    assert {m.by for m in MISTAKES.values()} - set(packing_steps()) == {"pack opened", *commands}


def test_the_page_has_every_mistake_in_its_present_words() -> None:
    assert list(check_words()) == []
