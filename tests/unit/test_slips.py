"""Slips: made once, kept as they were put on record, and read when the trial is over."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from alone_trials import ALONE, OVER, codes, now_in, of_pairs, with_packs, with_slips
from ekbom.problem import InputError, RefusedError
from ekbom.protocol.files import checked
from ekbom.protocol.model import DesignPlan
from ekbom.trial import log
from ekbom.trial.additions import append_event
from ekbom.trial.blinding import blinding_of
from ekbom.trial.check import check_trial
from ekbom.trial.folder import Trial, open_trial
from ekbom.trial.log import log_event, write_changes, writing
from ekbom.trial.randomise import randomise
from ekbom.trial.slip_making import make_slips
from ekbom.trial.slip_reading import read_slips
from ekbom.trial.slips import slips_of
from trials import GO, at, contents, drawn_magnesium, registered, shell, with_dose_fixed

TWO = of_pairs(2)
COINS = (True, False)
ORDER = ("placebo", "magnesium", "magnesium", "placebo")
LAST = 42 + 4 * 7 - 1
"""The last night of a trial of two pairs."""


def refused(path: Path, do: Callable[[], object]) -> str:
    """Return the message of what is refused and leaves the folder byte for byte as it was."""
    before = contents(path)
    with pytest.raises((RefusedError, InputError)) as caught:
        do()
    assert contents(path) == before
    return str(caught.value)


def noticed(path: Path) -> list[str]:
    return [str(problem) for problem in check_trial(path, now=at(OVER))[1]]


def making(path: Path, number: int = 29) -> Callable[[], Trial]:
    return lambda: make_slips(path=path, now=at(number), screening=GO)


def reading(path: Path, found: dict[int, str], number: int = OVER, **given: object) -> Trial:
    options = {"without_guess": True, **given}
    return read_slips(path=path, codes=found, now=at(number), **options)  # type: ignore[arg-type]  # as given


@pytest.fixture
def over(tmp_path: Path) -> Path:
    return with_packs(tmp_path / "t", TWO).path


@pytest.fixture
def right(over: Path) -> dict[int, str]:
    return codes(now_in(over), COINS)


def test_slips_are_made_and_put_on_record_by_hand(tmp_path: Path) -> None:
    trial = with_slips(tmp_path / "t", TWO)
    data = (trial.path / "slips.csv").read_bytes()
    assert [(s.pair, s.treatment) for s in slips_of(trial)] == [
        (1, "magnesium"),
        (1, "placebo"),
        (2, "magnesium"),
        (2, "placebo"),
    ]
    assert trial.commitment == hashlib.sha256(data).hexdigest()
    assert trial.events[-1].detail == {
        "commitment": trial.commitment,
        "sequences": 4,
        "by_hand": True,
    }
    assert check_trial(trial.path, now=at(29))[1] == []


def test_slips_are_never_made_twice(tmp_path: Path) -> None:
    path = with_slips(tmp_path / "t").path
    assert refused(path, making(path)) == (
        "The order of treatments is drawn already. It is never drawn twice. Nothing changed."
    )


def test_slips_wait_for_dose_and_screening_as_a_draw_does(tmp_path: Path) -> None:
    path = registered(tmp_path / "t", ALONE).path
    assert refused(path, making(path)).startswith("The dose is not fixed yet.")
    path = with_dose_fixed(tmp_path / "u", ALONE).path
    said = refused(path, lambda: make_slips(path=path, now=at(29)))
    assert said.startswith("This protocol needs a safety screening first.")


@pytest.mark.parametrize("name", ["slips.csv", "trial.toml"])
def test_an_interrupted_making_is_finished_with_the_same_codes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    path = with_dose_fixed(tmp_path / "t", ALONE).path
    written = log.write_file

    def crash_after(file: Path, data: bytes) -> None:
        written(file, data)
        if file.name == name:
            raise KeyboardInterrupt

    monkeypatch.setattr(log, "write_file", crash_after)
    with pytest.raises(KeyboardInterrupt):
        making(path)()
    monkeypatch.undo()
    before = (path / "slips.csv").read_bytes()
    assert noticed(path)[-1] == (
        "slips.csv: the making of the slips was interrupted. Run ekbom slips make again: it "
        "finishes that and draws no new codes."
    )
    trial = making(path)()
    assert (path / "slips.csv").read_bytes() == before
    assert trial.commitment == hashlib.sha256(before).hexdigest()
    assert noticed(path) == []


def test_slips_that_are_gone_after_they_were_put_on_record_are_not_made_anew(
    tmp_path: Path,
) -> None:
    path = with_slips(tmp_path / "t").path
    events = (path / "events.csv").read_text().splitlines(keepends=True)
    (path / "events.csv").write_text("".join(events[:-1]))
    (path / "slips.csv").unlink()
    assert refused(path, making(path)) == (
        "The slips were made and put on record, but slips.csv is missing. They are never made "
        "twice: restore it from a copy."
    )


def test_only_pairs_can_be_shuffled_and_only_alone(tmp_path: Path) -> None:
    complete = replace(ALONE, design=DesignPlan(kind="complete", periods=4, period_nights=7))
    path = with_dose_fixed(tmp_path / "t", checked(complete, file="x")).path
    assert refused(path, making(path)) == (
        "A person alone can shuffle two packs at a time, so the plan must be one of pairs. "
        "The order of 'complete' cannot be drawn by hand."
    )
    path = with_dose_fixed(tmp_path / "u").path
    assert refused(path, making(path)).endswith(f"Run: ekbom randomise {path}")
    path = with_dose_fixed(tmp_path / "v", ALONE).path
    trial = open_trial(path, now=at(29))
    said = refused(path, lambda: randomise(trial=trial, now=at(29), screening=GO))
    assert said.endswith(f"Run: ekbom slips make {path}")


def test_any_one_changed_character_of_the_slips_is_noticed(tmp_path: Path) -> None:
    path = with_slips(tmp_path / "t", TWO).path
    trial, file = now_in(path), path / "slips.csv"
    text = file.read_text(encoding="utf-8")
    unnoticed = []
    for place in range(len(text)):
        file.write_text(f"{text[:place]}~{text[place + 1 :]}", encoding="utf-8")
        if not blinding_of(trial).problems(trial=trial):
            unnoticed.append(place)
    assert unnoticed == []


def test_two_slips_exchanged_in_the_file_are_noticed(tmp_path: Path) -> None:
    path = with_slips(tmp_path / "t", TWO).path
    lines = (path / "slips.csv").read_text().splitlines(keepends=True)
    one, two = (line.partition(",")[0] for line in lines[1:3])
    text = "".join(lines).replace(one, "x").replace(two, one).replace("x", two)
    (path / "slips.csv").write_text(text)
    assert noticed(path) == ["slips.csv: it is not what was put on record. Restore it from a copy."]


def test_the_slips_open_the_order(over: Path, right: dict[int, str]) -> None:
    trial = reading(over, right)
    assert blinding_of(trial).open(trial=trial).treatments == ORDER
    assert [e.kind for e in trial.events[-5:]] == ["slip read"] * 4 + ["unblinding"]
    assert trial.events[-2].detail == {"pack": 4, "code": right[4], "how": "typed"}
    assert noticed(over) == []
    assert refused(over, lambda: reading(over, right)) == (
        "The slips are read already, and the order is open. Nothing changed."
    )


def test_before_that_the_order_is_not_there_for_anybody(over: Path) -> None:
    trial = now_in(over)
    assert refused(over, lambda: blinding_of(trial).open(trial=trial)) == (
        "Only the slips in the packs tell the order, and they are not all read. When the trial is "
        f"over, read them: ekbom slips read {over}"
    )


def test_reading_in_a_running_trial_is_refused_and_shown_the_incident(
    over: Path, right: dict[int, str]
) -> None:
    assert refused(over, lambda: reading(over, right, LAST)) == (
        "The trial is still running. Reading a slip now breaks the blind, and that cannot be "
        "undone. If an envelope came open, put that on record instead: "
        f"ekbom log {over} --event incident night={at(LAST - 1).date()}"
    )


def test_an_opening_is_not_logged_by_hand_and_an_older_record_of_one_opens_nothing(
    over: Path,
) -> None:
    detail = {"night": "2026-04-20"}
    said = refused(
        over, lambda: log_event(path=over, kind="unblinding", detail=detail, now=at(LAST))
    )
    assert said == (
        "The opening of this order goes on record when it is opened. Run: ekbom slips read "
        f"{over} If somebody told you the whole order, put that on record: ekbom log {over} "
        "--event incident what='helper told' whole=true night=2026-05-09"
    )
    with writing(over, now=at(LAST)) as found:
        write_changes(found, append_event(found, kind="unblinding", detail=detail, now=at(LAST)))
    trial = now_in(over)
    with pytest.raises(RefusedError, match=r"^Only the slips in the packs tell the order"):
        blinding_of(trial).open(trial=trial)


ASTRAY = (
    "Look at the number on the pack and at the code again. If both are right, a slip or a pack "
    "came into another pair when the packs were made. Read all packs, and add --as-found."
)


def test_every_contradiction_is_said_and_nothing_is_written(
    over: Path, right: dict[int, str]
) -> None:
    def said(found: dict[int, str]) -> list[str]:
        return refused(over, lambda: reading(over, found)).splitlines()

    wrong = right[1][:-1] + ("2" if right[1][-1] != "2" else "3")
    assert said({1: wrong}) == [
        "pack 1: one of its letters or digits is wrong. Compare it one by one."
    ]
    assert said({1: "2222-2225"}) == ["pack 1: one of its letters or digits is wrong. "
        "Compare it one by one."]  # fmt: skip
    assert said({1: "2222-2222"}) == [
        "pack 1: 2222-2222 is a code, but none of this trial's slips has it. Look whether the slip "
        "belongs to another trial."
    ]
    assert said({1: right[1], 2: right[1]}) == [
        "pack 2: its code was read for another pack too, pack 1. Every slip has a code of its own. "
        "Read both packs again."
    ]
    assert said({1: right[3], 3: right[1]}) == [
        f"pack 1: its slip belongs to pair 2, and the pack to pair 1. {ASTRAY}",
        f"pack 3: its slip belongs to pair 1, and the pack to pair 2. {ASTRAY}",
    ]
    assert said({5: right[1]}) == ["There is no pack 5; the packs are numbered 1 to 4."]


def test_slips_that_strayed_count_for_what_they_say_if_each_pair_has_both(
    over: Path, right: dict[int, str]
) -> None:
    """Packs 1 and 4 hold placebo, 2 and 3 magnesium."""
    alike = {1: right[1], 2: right[4], 3: right[3], 4: right[2]}
    said = refused(over, lambda: reading(over, alike, as_found=True))
    assert [line.partition(". ")[0] for line in said.splitlines()] == [
        "pack 2: its slip says the same as that of pack 1: placebo",
        "pack 4: its slip says the same as that of pack 3: magnesium",
    ]
    trial = reading(over, {1: right[4], 2: right[2], 3: right[3], 4: right[1]}, as_found=True)
    assert blinding_of(trial).open(trial=trial).treatments == ORDER
    notes = [e.detail["note"] for e in trial.events if e.kind == "deviation"]
    assert notes == ["slips of another pair were found in packs 1, 4"]


def test_a_wrong_reading_is_corrected_and_stays_on_record(
    over: Path, right: dict[int, str]
) -> None:
    reading(over, {1: right[2]})
    assert refused(over, lambda: reading(over, {1: right[1]})) == (
        "Pack 1 was read before, with another code. Look at its slip once more. If what is on "
        "record is wrong, add --correct; the earlier reading stays on record."
    )
    trial = reading(over, right, correct=True)
    assert blinding_of(trial).open(trial=trial).treatments == ORDER
    assert [e.detail["code"] for e in trial.events if e.kind == "slip read"][:2] == [
        right[2],
        right[1],
    ]


@pytest.mark.parametrize("lost", [1, 2, 3, 4])
def test_a_lost_slip_follows_from_the_other_of_its_pair(
    over: Path, right: dict[int, str], lost: int
) -> None:
    left = {pack: code for pack, code in right.items() if pack != lost}
    trial = reading(over, left, lost=(lost,))
    assert blinding_of(trial).open(trial=trial).treatments == ORDER


def test_of_a_pair_whose_slips_are_both_lost_nobody_can_tell(over: Path) -> None:
    said = refused(over, lambda: reading(over, {}, lost=(3, 4)))
    assert said.startswith("Both slips of pair 2 are lost, so nobody can tell what its packs held.")


def test_a_trial_cut_short_needs_the_pairs_that_it_reached(
    over: Path, right: dict[int, str]
) -> None:
    ended = {"last": str(at(45).date()), "reason": "finished"}
    log_event(path=over, kind="ended", detail=ended, now=at(46))
    trial = reading(over, {1: right[1]}, 46, lost=(2,))
    assert blinding_of(trial).open(trial=trial).treatments == (*ORDER[:2], "magnesium", "placebo")
    assert shell("verdict", over, now=at(46)).exit_code == 0


def test_a_trial_that_ended_before_its_first_pack_has_no_slip_to_read(
    over: Path, right: dict[int, str]
) -> None:
    ended = {"last": str(at(40).date()), "reason": "another"}
    log_event(path=over, kind="ended", detail=ended, now=at(41))
    assert refused(over, lambda: reading(over, right, 41)) == (
        "The trial ended before the first pack, so there is no slip to read."
    )


def test_an_interrupted_opening_is_finished(
    over: Path, right: dict[int, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    written = log.write_file

    def crash_after(file: Path, data: bytes) -> None:
        written(file, data)
        if file.name == "allocation.csv":
            raise KeyboardInterrupt

    monkeypatch.setattr(log, "write_file", crash_after)
    with pytest.raises(KeyboardInterrupt):
        reading(over, right)
    monkeypatch.undo()
    assert noticed(over) == [
        "allocation.csv: it stands there, though the slips are not all read. Run ekbom slips read "
        "again when the trial is over: it finishes what was interrupted."
    ]
    reading(over, right)
    assert noticed(over) == []


def test_an_allocation_that_the_slips_did_not_tell_is_noticed(
    over: Path, right: dict[int, str]
) -> None:
    reading(over, right)
    file = over / "allocation.csv"
    text = file.read_text()
    text = text.replace("magnesium", "x").replace("placebo", "magnesium").replace("x", "placebo")
    file.write_text(text)
    expected = "allocation.csv: it differs from the slips that were read. Restore it from a copy."
    assert noticed(over) == [expected]
    trial = now_in(over)
    with pytest.raises(InputError) as caught:
        blinding_of(trial).open(trial=trial)
    assert str(caught.value) == expected


def test_other_trials_have_no_slips_to_read(tmp_path: Path) -> None:
    path = drawn_magnesium(tmp_path / "t").path
    assert refused(path, lambda: reading(path, {})) == (
        "Only a trial that one person blinds alone has slips to read."
    )


def test_the_first_dose_from_a_pack_names_its_number(over: Path) -> None:
    def dose(number: int, *pack: str) -> tuple[int, str]:
        done = shell("log", over, "--dose", "2", *pack, now=at(number, "21:30"))
        return done.exit_code, done.output.splitlines()[-1]

    before = contents(over)
    assert dose(42)[0] == 2
    assert dose(42, "--pack", "2")[0] == 3
    assert contents(over) == before
    assert dose(42, "--pack", "1") == (0, "Logged the dose of the night of 2026-04-13.")
    assert dose(43)[0] == dose(44, "--pack", "1")[0] == 0
    opened = [e.detail for e in now_in(over).events if e.kind == "pack opened"]
    assert opened == [{"pack": 1, "night": "2026-04-13"}]
