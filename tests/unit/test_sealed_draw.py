"""A sealed draw and its opening: refused when it is not due, finished if it was interrupted."""

from __future__ import annotations

import os
import sys
import tempfile
from dataclasses import replace
from pathlib import Path

import pytest

from ekbom.analysis.verdict import reach_verdict
from ekbom.problem import InputError, RefusedError
from ekbom.trial.blinding import blinding_of
from ekbom.trial.check import check_trial
from ekbom.trial.folder import open_trial
from ekbom.trial.happened import last_of, of_kind
from ekbom.trial.log import log_event
from ekbom.trial.randomise import randomise
from ekbom.trial.seal import commitment, seal_bytes, seal_from
from ekbom.trial.sealed import Pack, open_sealed, packing_list
from ekbom.trial.sealed_draw import draw_sealed, record_sealed
from ekbom.trial.unblinding import record_unblinding
from sealed_trials import (
    AFTER,
    AFTER_FAST,
    BENS_KEY,
    MALLORYS_KEY,
    TO_BEN,
    guessed,
    lived,
    sealed,
    sealed_magnesium,
    seeded,
)
from trials import (
    FAST,
    at,
    contents,
    drawn,
    imported,
    killed,
    night,
    plain_protocol,
    registered,
    shell,
)

HELPER = plain_protocol(blinding="helper")
ORDER = ("tea", "water", "water", "tea", "tea", "water", "water", "tea")


def noticed(path: Path, number: int = 1) -> list[str]:
    return [f"{p.severity}: {p}" for p in check_trial(path, now=at(number))[1]]


def unopened(path: Path) -> str:
    """Return why the order cannot be had from the folder, the very file untouched."""
    trial = open_trial(path, now=at(AFTER))
    with pytest.raises(RefusedError) as caught:
        blinding_of(trial).open(trial=trial)
    return str(caught.value)


def test_a_sealed_draw_writes_the_seal_the_commitment_and_the_event_alone(tmp_path: Path) -> None:
    before = contents(registered(tmp_path / "t", HELPER).path)
    data = draw_sealed(open_trial(tmp_path / "t", now=at(1)), lock=TO_BEN, now=at(1))
    trial = record_sealed(path=tmp_path / "t", now=at(1), data=data)
    after = contents(tmp_path / "t")
    assert set(after) - set(before) == {"allocation.sealed"}
    plain = before["trial.toml"].replace(
        b'commitment = ""', f'commitment = "{trial.commitment}"'.encode()
    )
    assert after["trial.toml"] == plain
    event = last_of(trial.events, "randomised")
    assert event is not None
    assert event.detail == {"commitment": trial.commitment, "sequences": 16}
    assert noticed(tmp_path / "t") == []


def test_the_order_is_the_one_that_its_seed_and_the_open_way_draw(tmp_path: Path) -> None:
    seal = open_sealed(sealed(tmp_path / "t", seed=5), key=BENS_KEY)
    registered(tmp_path / "u")
    trial = open_trial(tmp_path / "u", now=at(1))
    trial = randomise(trial=trial, now=at(1), source=seeded(5))
    assert blinding_of(trial).open(trial=trial).treatments == seal.treatments


def test_no_file_is_ever_opened_that_could_hold_the_order(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(temporary))
    written: list[str] = []
    watching = [True]

    def watch(event: str, arguments: tuple[object, ...]) -> None:
        flags = arguments[2] if watching and event == "open" else 0
        if isinstance(flags, int) and flags & (os.O_WRONLY | os.O_RDWR | os.O_CREAT):
            written.append(Path(str(arguments[0])).name)

    sys.addaudithook(watch)
    try:
        sealed(tmp_path / "t")
    finally:
        watching.clear()
    kinds = {name.rpartition(".")[0] if name.startswith(".") else name for name in written}
    assert ".allocation.sealed" in kinds
    assert {k for k in kinds if "allocation" in k} == {".allocation.sealed"}
    assert list(temporary.iterdir()) == []
    for name in ("allocation.sealed", "events.csv"):
        text = (tmp_path / "t" / name).read_bytes()
        assert [word in text for word in (b"tea", b"water", b"magnesium")] == [False] * 3


def test_the_packing_list_is_what_was_sealed_and_changes_nothing(tmp_path: Path) -> None:
    trial = sealed(tmp_path / "t")
    before = contents(trial.path)
    seal = open_sealed(trial, key=BENS_KEY)
    assert commitment(seal) == trial.commitment
    assert packing_list(seal) == tuple(Pack(n, t) for n, t in enumerate(seal.treatments, start=1))
    assert len(seal.treatments) == 8
    assert contents(trial.path) == before


def test_mallory_with_every_file_and_a_key_of_their_own_learns_nothing(tmp_path: Path) -> None:
    trial = sealed(tmp_path / "t")
    with pytest.raises(InputError, match=r"^the key file: it does not open this order\."):
        open_sealed(trial, key=MALLORYS_KEY)


def test_what_ana_can_read_differs_between_orders_in_the_sealed_fields_alone(
    tmp_path: Path,
) -> None:
    one, other = (sealed(tmp_path / str(seed) / "t", seed=seed) for seed in (1, 3))
    orders = [open_sealed(t, key=BENS_KEY).treatments for t in (one, other)]
    assert orders[0] != orders[1]
    mine, yours = contents(one.path), contents(other.path)
    assert {n: len(d) for n, d in mine.items()} == {n: len(d) for n, d in yours.items()}
    for name in ("trial.toml", "events.csv"):
        masked = [d[name].replace(t.commitment.encode(), b"-") for d, t in
                  ((mine, one), (yours, other))]  # fmt: skip
        masked = [m.replace(t.events[-1].hash.encode(), b"-") for m, t in
                  zip(masked, (one, other), strict=True)]  # fmt: skip
        assert masked[0] == masked[1]
    for command in ("check", "audit", "tonight", "verdict"):
        said = [shell(command, t.path, now=at(3)) for t in (one, other)]
        texts = [
            r.output.replace(str(t.path), "-") for r, t in zip(said, (one, other), strict=True)
        ]
        assert texts[0] == texts[1]
        assert said[0].exit_code == said[1].exit_code


@pytest.mark.parametrize("way", ["open", "alone"])
def test_only_a_helpers_and_a_clinics_order_is_sealed(tmp_path: Path, way: str) -> None:
    trial = registered(tmp_path / "t", plain_protocol(blinding=way))
    command = {"open": "randomise", "alone": "slips make"}[way]
    with pytest.raises(RefusedError) as caught:
        draw_sealed(trial, lock=TO_BEN, now=at(1))
    assert str(caught.value) == (
        f"This trial is blinded by way of {way!r}, so its order is not drawn in this way. "
        f"Run: ekbom {command} {trial.path}"
    )


def test_the_order_is_never_drawn_twice(tmp_path: Path) -> None:
    trial = sealed(tmp_path / "t")
    with pytest.raises(RefusedError, match=r"^The order of treatments is drawn already\."):
        draw_sealed(trial, lock=TO_BEN, now=at(1))


def test_a_sealed_draw_asks_for_dose_and_screening_as_an_open_one_does(tmp_path: Path) -> None:
    protocol = replace(FAST, blinding="helper")
    path = registered(tmp_path / "t", protocol).path
    with pytest.raises(RefusedError, match=r"^The dose is not fixed yet\."):
        draw_sealed(open_trial(path, now=at(29)), lock=TO_BEN, now=at(29))
    detail = {"mg": 200, "capsules": 2}
    trial = log_event(path=path, kind="dose fixed", detail=detail, now=at(28))
    with pytest.raises(RefusedError, match=r"^This protocol needs a safety screening first\."):
        draw_sealed(trial, lock=TO_BEN, now=at(29))


def test_no_night_is_lived_before_its_order_is_sealed(tmp_path: Path) -> None:
    path = registered(tmp_path / "t", HELPER).path
    with pytest.raises(RefusedError, match=r"^The first randomised night, 2026-03-04, is past"):
        draw_sealed(open_trial(path, now=at(4)), lock=TO_BEN, now=at(4))


@pytest.mark.parametrize("written", range(3))
def test_an_interrupted_sealed_draw_is_finished_without_a_key_and_never_redrawn(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, written: int
) -> None:
    path = registered(tmp_path / "t", HELPER).path
    data = draw_sealed(open_trial(path, now=at(1)), lock=TO_BEN, now=at(1))
    names = killed(written, lambda: record_sealed(path=path, now=at(1), data=data), monkeypatch)
    assert names == ["allocation.sealed", "trial.toml", "events.csv"][:written]
    if not written:
        assert noticed(path) == []
        return
    assert noticed(path) == [
        "warning: allocation.sealed: the draw of the order was interrupted. Run ekbom seal again: "
        "it finishes that draw and draws nothing new."
    ]
    with pytest.raises(RefusedError, match=r"^The order is sealed already; only its record"):
        draw_sealed(open_trial(path, now=at(1)), lock=TO_BEN, now=at(1))
    trial = record_sealed(path=path, now=at(1))
    assert contents(path)["allocation.sealed"] == data
    assert len(open_sealed(trial, key=BENS_KEY).treatments) == 8
    assert noticed(path) == []


def test_of_two_helpers_who_seal_at_once_the_first_counts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = registered(tmp_path / "t", HELPER).path
    trial = open_trial(path, now=at(1))
    one, other = (draw_sealed(trial, lock=TO_BEN, now=at(1)) for _ in range(2))
    killed(1, lambda: record_sealed(path=path, now=at(1), data=one), monkeypatch)
    with pytest.raises(RefusedError, match=r"^Another order was sealed for this trial meanwhile"):
        record_sealed(path=path, now=at(1), data=other)
    record_sealed(path=path, now=at(1), data=one)


def test_a_seal_taken_away_is_not_drawn_anew(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = registered(tmp_path / "t", HELPER).path
    trial = open_trial(path, now=at(1))
    data, other = (draw_sealed(trial, lock=TO_BEN, now=at(1)) for _ in range(2))
    killed(2, lambda: record_sealed(path=path, now=at(1), data=data), monkeypatch)
    (path / "allocation.sealed").unlink()
    for step in (
        lambda: record_sealed(path=path, now=at(1)),
        lambda: record_sealed(path=path, now=at(1), data=other),
    ):
        with pytest.raises(RefusedError) as caught:
            step()
        assert str(caught.value) == (
            "The order was drawn and committed to, but allocation.sealed is missing. It is never "
            "drawn twice: restore it from a copy."
        )


def test_a_seal_of_another_trial_is_noticed_and_not_opened(tmp_path: Path) -> None:
    trial = sealed(tmp_path / "t")
    other = sealed(tmp_path / "u", seed=2)
    (trial.path / "allocation.sealed").write_bytes(contents(other.path)["allocation.sealed"])
    said = "allocation.sealed: it is not what was committed to. Restore it from a copy."
    assert noticed(trial.path) == [f"error: {said}"]
    with pytest.raises(InputError) as caught:
        open_sealed(trial, key=BENS_KEY)
    assert str(caught.value) == said


def test_before_the_opening_the_order_is_refused_and_afterwards_it_is_read(tmp_path: Path) -> None:
    path = registered(tmp_path / "t", HELPER).path
    assert unopened(path) == (
        f"The order of treatments has not been drawn yet. Run: ekbom seal {path}"
    )
    data = draw_sealed(open_trial(path, now=at(1)), lock=TO_BEN, now=at(1))
    record_sealed(path=path, now=at(1), data=data)
    assert unopened(path) == (
        "The order of treatments is sealed. When the trial is over, whoever keeps it opens it: "
        f"ekbom unblind {path}"
    )
    lived(path)
    guessed(path)
    trial = record_unblinding(path=path, key=BENS_KEY, now=at(AFTER))
    assert blinding_of(trial).open(trial=trial) == blinding_of(trial).open(trial=trial)
    seal = open_sealed(trial, key=BENS_KEY)
    assert blinding_of(trial).open(trial=trial).treatments == seal.treatments
    event = trial.events[-1]
    assert (event.kind, event.detail) == ("unblinding", {"night": str(night(AFTER))})
    assert noticed(path, AFTER) == []


def test_the_opened_files_are_those_of_an_open_trial(tmp_path: Path) -> None:
    path = guessed(sealed(tmp_path / "t", seed=9).path).path
    record_unblinding(path=path, key=BENS_KEY, now=at(AFTER))
    registered(tmp_path / "u", HELPER)
    seal = seal_from(contents(path)["allocation.json"])
    assert contents(path)["allocation.json"] == seal_bytes(seal)
    plain = drawn(tmp_path / "v")
    lines = [
        [line.rpartition(b",")[0] for line in contents(p)["allocation.csv"].splitlines()]
        for p in (path, plain.path)
    ]
    assert lines[0] == lines[1]


@pytest.mark.parametrize("written", range(3))
def test_an_interrupted_opening_is_on_record_first_and_is_finished(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, written: int
) -> None:
    path = guessed(sealed(tmp_path / "t").path).path
    names = killed(
        written, lambda: record_unblinding(path=path, key=BENS_KEY, now=at(AFTER)), monkeypatch
    )
    assert names == ["events.csv", "allocation.json", "allocation.csv"][:written]
    if written:
        assert unopened(path) == (
            "The opening is on record, but the order is not here yet. Whoever keeps it finishes "
            f"that: ekbom unblind {path}"
        )
    trial = record_unblinding(path=path, key=BENS_KEY, now=at(AFTER + 1))
    assert len(of_kind(trial.events, "unblinding")) == 1
    assert noticed(path, AFTER + 1) == []
    with pytest.raises(RefusedError, match=r"^The order is open already, and that is on record\."):
        record_unblinding(path=path, key=BENS_KEY, now=at(AFTER + 1))


def test_an_opening_waits_for_the_last_guess_unless_told_otherwise(tmp_path: Path) -> None:
    path = sealed(tmp_path / "t").path
    before = contents(path)
    with pytest.raises(RefusedError) as caught:
        record_unblinding(path=path, key=BENS_KEY, now=at(AFTER))
    assert str(caught.value) == (
        "The last guess is not on record. Once the order is known it is too late for it, and it "
        "tells how well the blinding held. The one who took the capsules writes it down: "
        f"ekbom log {path} --event 'last guess' opinion=helps sure=7. "
        "Without it: --without-guess"
    )
    assert contents(path) == before
    trial = record_unblinding(path=path, key=BENS_KEY, now=at(AFTER), guessed=False)
    assert last_of(trial.events, "unblinding") is not None


def test_a_wrong_key_opens_and_records_nothing(tmp_path: Path) -> None:
    path = guessed(sealed(tmp_path / "t").path).path
    before = contents(path)
    with pytest.raises(InputError):
        record_unblinding(path=path, key=MALLORYS_KEY, now=at(AFTER))
    assert contents(path) == before


def test_an_order_in_the_clear_without_a_record_is_noticed(tmp_path: Path) -> None:
    trial = sealed(tmp_path / "t")
    seal = open_sealed(trial, key=BENS_KEY)
    (trial.path / "allocation.json").write_bytes(seal_bytes(seal))
    assert noticed(trial.path) == [
        "warning: allocation.json: the order lies in the clear, though no opening of it is on "
        "record. Whoever keeps it records the opening: ekbom unblind."
    ]


@pytest.mark.parametrize("way", ["imported", "alone", "undrawn"])
def test_what_has_no_seal_to_open_is_refused(tmp_path: Path, way: str) -> None:
    if way == "imported":
        path = imported(tmp_path / "t", plain_protocol(imported=True), *ORDER).path
    else:
        named = "alone" if way == "alone" else "helper"
        path = registered(tmp_path / "t", plain_protocol(blinding=named)).path
    with pytest.raises(RefusedError) as caught:
        record_unblinding(path=path, key=BENS_KEY, now=at(1))
    said = {
        "imported": "The order of an imported trial is open already.",
        "alone": (
            "Nobody keeps the order of this trial: it stands on the slips in the packs. "
            f"Read them: ekbom slips read {path}"
        ),
        "undrawn": ("The order of treatments has not been drawn yet, so there is nothing to open."),
    }
    assert str(caught.value) == said[way]


def test_an_open_trials_opening_is_only_put_on_record(tmp_path: Path) -> None:
    path = drawn(tmp_path / "t").path
    guessed(path)
    before = contents(path)
    trial = record_unblinding(path=path, key=None, now=at(AFTER))
    changed = {name for name, data in contents(path).items() if before[name] != data}
    assert changed == {"events.csv"}
    assert trial.events[-1].kind == "unblinding"


def test_milligrams_of_sealed_nights_stay_empty_and_are_derived_after_the_opening(
    tmp_path: Path,
) -> None:
    path = sealed_magnesium(tmp_path / "t", replace(FAST, blinding="helper")).path
    trial = lived(path, after=AFTER_FAST)
    assert {d.mg for d in trial.doses} == {None}
    guessed(path, after=AFTER_FAST)
    trial = record_unblinding(path=path, key=BENS_KEY, now=at(AFTER_FAST))
    verdict = reach_verdict(trial=trial, now=at(AFTER_FAST))
    # 6 of 12 periods of 7 nights held magnesium, 200 mg elemental a night.
    assert verdict.doses.mg == 6 * 7 * 200
    assert verdict.doses.full == 84
