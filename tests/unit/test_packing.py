"""Making packs alone: one step after the other, stopped and gone on with, and a pair made again."""

from __future__ import annotations

from pathlib import Path

import pytest

from alone_trials import ALONE, now_in, of_pairs, with_packs, with_slips
from ekbom.language import languages, speaking
from ekbom.problem import RefusedError
from ekbom.report.packing_words import said_step
from ekbom.trial.log import log_event
from ekbom.trial.packing import (
    Move,
    done_so_far,
    moves,
    moves_of,
    next_move,
    packing_steps,
    record_again,
    record_move,
)
from trials import at, contents, drawn_magnesium, shell, with_dose_fixed

TWO = of_pairs(2)


def kinds(path: Path) -> list[str]:
    return [event.kind for event in now_in(path).events]


def refused(path: Path, step: str, pair: int | None = None) -> str:
    before = contents(path)
    with pytest.raises(RefusedError) as caught:
        record_move(path=path, step=step, pair=pair, now=at(30))
    assert contents(path) == before
    return str(caught.value)


def test_one_kind_is_closed_in_every_pack_before_the_other_is_on_the_table() -> None:
    assert moves(2) == (
        Move("materials"),
        Move("cut"),
        Move("first kind", 1),
        Move("first kind", 2),
        Move("clear"),
        Move("second kind", 1),
        Move("second kind", 2),
        Move("bags"),
        Move("weigh", 1),
        Move("shuffle", 1),
        Move("number", 1),
        Move("weigh", 2),
        Move("shuffle", 2),
        Move("number", 2),
        Move("put away"),
    )


def test_the_last_step_makes_the_packs_ready(tmp_path: Path) -> None:
    trial = with_packs(tmp_path / "t", TWO)
    assert [e.kind for e in trial.events[-2:]] == ["packing step", "packs ready"]
    assert refused(trial.path, "weigh", 1) == "All packs are made. Nothing is left to do."


def test_no_step_is_left_out_done_twice_or_made_up(tmp_path: Path) -> None:
    path = with_slips(tmp_path / "t", TWO).path
    record_move(path=path, step="materials", pair=None, now=at(30))
    assert refused(path, "shuffle", 1) == (
        "Next is: cut. The order of the steps keeps the blind, so none is left out. If it is done, "
        "say so first. Shuffle, pair 1 comes later."
    )
    assert refused(path, "materials") == "That is done already: materials. Next is: cut."
    assert refused(path, "dance") == "There is no step 'dance'. Next is: cut."
    assert refused(path, "weigh", 3) == "There is no such step: weigh, pair 3. Next is: cut."


def test_a_step_without_its_pair_means_the_next_one(tmp_path: Path) -> None:
    path = with_slips(tmp_path / "t", TWO).path
    for step in ("materials", "cut", "first kind", "first kind"):
        trial = record_move(path=path, step=step, pair=None, now=at(30))
    assert trial.events[-1].detail == {"step": "first kind", "pair": 2}
    assert next_move(trial) == Move("clear")


@pytest.mark.parametrize("done", range(15))
def test_whenever_a_pair_is_made_again_it_is_filled_closed_and_shuffled_anew(
    tmp_path: Path, done: int
) -> None:
    path = with_slips(tmp_path / "t", TWO).path
    for move in moves(2)[:done]:
        record_move(path=path, step=move.step, pair=move.pair, now=at(30))
    trial = record_again(path=path, pair=2, now=at(30))
    own = {Move(s, 2) for s in ("first kind", "second kind", "weigh", "shuffle", "number")}
    undone = own | {Move("clear"), Move("bags"), Move("put away")}
    assert done_so_far(trial) == frozenset(moves(2)[:done]) - undone
    walked = []
    while (due := next_move(trial)) is not None:
        walked.append(due)
        trial = record_move(path=path, step=due.step, pair=due.pair, now=at(31))
    assert [m for m in walked if m in undone] == [m for m in moves(2) if m in undone]
    assert kinds(path).count("packs ready") == 1


def test_a_pair_in_use_is_not_made_again(tmp_path: Path) -> None:
    path = with_packs(tmp_path / "t", TWO).path
    record_again(path=path, pair=2, now=at(42, "21:00"))
    with pytest.raises(RefusedError, match=r"^Pair 1 is in use already"):
        record_again(path=path, pair=1, now=at(42, "21:00"))
    with pytest.raises(RefusedError, match=r"^There is no pair 3 in this trial\.$"):
        record_again(path=path, pair=3, now=at(42, "21:00"))


def test_packs_wait_for_their_slips(tmp_path: Path) -> None:
    path = with_dose_fixed(tmp_path / "t", ALONE).path
    assert refused(path, "materials") == (
        f"The slips are made first, as each pack gets one. Run: ekbom slips make {path}"
    )


def test_an_ended_trial_and_another_way_of_blinding_make_no_packs(tmp_path: Path) -> None:
    path = with_slips(tmp_path / "t").path
    log_event(path=path, kind="ended", detail={"last": "2026-03-30", "reason": "x"}, now=at(29))
    assert refused(path, "materials") == "The trial has ended, so no packs are made any more."
    path = drawn_magnesium(tmp_path / "u").path
    assert refused(path, "materials") == (
        "These steps are for a trial that one person blinds alone."
    )


def test_nobody_says_that_the_packs_are_ready_but_the_last_step(tmp_path: Path) -> None:
    path = with_slips(tmp_path / "t").path
    with pytest.raises(RefusedError) as caught:
        log_event(path=path, kind="packs ready", detail={}, now=at(30))
    assert str(caught.value) == (
        "In this trial the packs are ready with the last step of making them. "
        f"Go on with it: ekbom packs {path}"
    )


def test_every_step_is_said_whole_in_every_language() -> None:
    for language in languages():
        with speaking(language):
            for move in moves(2):
                said = said_step(move, protocol=TWO, capsules=2)
                texts = [said["title"], said["do"], said["why"], said["wrong"], *said["materials"]]
                assert all(texts)
                assert not [text for text in texts if "{" in text]


def test_every_pack_gets_what_the_plan_fills(tmp_path: Path) -> None:
    """Two a night for 7 nights, 15 % spare, and two as proof: 14 planned, 3 spare, 2 apart."""
    said = said_step(Move("first kind", 2), protocol=ALONE, capsules=2)
    assert said["do"].startswith("Count 17 capsules of magnesium citrate into the pack. Put 2 more")
    said = said_step(Move("number", 2), protocol=ALONE, capsules=2)
    assert said["materials"] == ("the labels 3 and 4",)
    path = with_slips(tmp_path / "t").path
    assert len(moves_of(now_in(path, 30))) == 35
    shown = shell("packs", path, "--all", now=at(30)).output
    assert [line for line in shown.splitlines() if line[:1].isdigit()] == [
        f"{n}. {said_step(Move(s.id, 1), protocol=ALONE, capsules=2)['title']}"
        for n, s in enumerate(packing_steps().values(), start=1)
    ]


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (("--done", "cut", "--again", "1"), "Give --done, --again or --all, one at a time."),
        (("--pair", "1"), "--pair goes with --done only."),
    ],
)
def test_the_shell_refuses_what_it_would_leave_out(
    tmp_path: Path, options: tuple[str, ...], said: str
) -> None:
    path = with_slips(tmp_path / "t").path
    assert said in shell("packs", path, *options, now=at(30)).output
