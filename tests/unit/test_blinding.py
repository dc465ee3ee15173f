"""The one door to the allocation, and what is noticed if its files are touched."""

import re
from pathlib import Path

import pytest

from ekbom.problem import InputError, RefusedError
from ekbom.trial.blinding import blinding_of
from ekbom.trial.by_hand import HandBlinding
from ekbom.trial.check import check_trial
from ekbom.trial.folder import open_trial
from ekbom.trial.log import log_event
from ekbom.trial.open_label import OpenBlinding
from ekbom.trial.seal import seal_from
from ekbom.trial.sealed import SealedBlinding
from trials import at, drawn, imported, night, plain_protocol, registered


def noticed(path: Path, number: int = 1) -> list[str]:
    return [str(p) for p in check_trial(path, now=at(number))[1] if p.severity == "error"]


def test_an_open_trial_reveals_its_treatments_night_by_night(tmp_path: Path) -> None:
    trial = drawn(tmp_path / "t")
    blinding = blinding_of(trial)
    order = blinding.open(trial=trial).treatments
    revealed = blinding.reveal(trial=trial, calendar=trial.calendar())
    assert revealed == (None, None, *(name for name in order for _ in range(3)))


def test_the_pack_of_a_night_is_its_periods(tmp_path: Path) -> None:
    trial = drawn(tmp_path / "t")
    packs = [
        blinding_of(trial).pack_for_night(calendar=trial.calendar(), night=night(n))
        for n in (1, 2, 4, 5, 25, 26)
    ]
    assert packs == [None, 1, 1, 2, 8, None]


def test_before_the_draw_nothing_can_be_opened(tmp_path: Path) -> None:
    trial = registered(tmp_path / "t")
    with pytest.raises(RefusedError) as caught:
        blinding_of(trial).open(trial=trial)
    assert str(caught.value) == (
        f"The order of treatments has not been drawn yet. Run: ekbom randomise {trial.path}"
    )


@pytest.mark.parametrize(
    ("way", "kind"),
    [("open", OpenBlinding), ("helper", SealedBlinding), ("clinic", SealedBlinding),
     ("alone", HandBlinding)],
)  # fmt: skip
def test_each_way_has_its_own_door_and_an_imported_trial_is_open(
    tmp_path: Path, way: str, kind: type
) -> None:
    protocol = plain_protocol(blinding=way)
    assert type(blinding_of(registered(tmp_path / "t", protocol))) is kind
    elsewhere = plain_protocol(blinding=way, imported=True)
    trial = imported(tmp_path / "u", elsewhere, *(("tea", "water") * 4))
    assert type(blinding_of(trial)) is OpenBlinding


def _places(text: str) -> list[int]:
    """Return every place of a text that is not white space."""
    return [place for place, sign in enumerate(text) if not sign.isspace()]


@pytest.mark.parametrize("name", ["allocation.json", "allocation.csv"])
def test_any_one_changed_character_of_the_allocation_is_noticed(tmp_path: Path, name: str) -> None:
    path = drawn(tmp_path / "t").path
    trial = open_trial(path, now=at(1))
    file = path / name
    text = file.read_text(encoding="utf-8")
    unnoticed = []
    for place in _places(text):
        for new in ("0" if text[place] != "0" else "1", "x"):
            if text[place] == new:
                continue
            changed = text[:place] + new + text[place + 1 :]
            file.write_text(changed, encoding="utf-8")
            if not [p for p in blinding_of(trial).problems(trial=trial) if p.severity == "error"]:
                unnoticed.append((place, text[max(place - 9, 0) : place + 9], new))
    assert unnoticed == []


def test_any_one_changed_character_of_the_commitment_is_noticed(tmp_path: Path) -> None:
    path = drawn(tmp_path / "t").path
    file = path / "trial.toml"
    text = file.read_text(encoding="utf-8")
    found = re.search(r'^commitment = "([0-9a-f]{64})"$', text, re.MULTILINE)
    assert found is not None
    for place in range(found.start(1), found.end(1)):
        changed = text[:place] + ("0" if text[place] != "0" else "1") + text[place + 1 :]
        file.write_text(changed, encoding="utf-8")
        assert (
            "trial.toml: the commitment is not the one in events.csv. "
            "Restore trial.toml from a copy."
        ) in noticed(path)
    file.write_text(text.replace(found.group(1), ""), encoding="utf-8")
    assert len(noticed(path)) == 1


def test_an_order_swapped_in_both_files_is_noticed(tmp_path: Path) -> None:
    path = drawn(tmp_path / "t").path
    for name in ("allocation.csv", "allocation.json"):
        text = (path / name).read_text(encoding="utf-8")
        swapped = text.replace("tea", "TMP").replace("water", "tea").replace("TMP", "water")
        (path / name).write_text(swapped, encoding="utf-8")
    assert noticed(path) == [
        "allocation.json: it is not what was committed to. Restore it from a copy."
    ]


def test_an_order_swapped_in_one_file_is_noticed(tmp_path: Path) -> None:
    path = drawn(tmp_path / "t").path
    text = (path / "allocation.csv").read_text(encoding="utf-8")
    swapped = text.replace("tea", "TMP").replace("water", "tea").replace("TMP", "water")
    (path / "allocation.csv").write_text(swapped, encoding="utf-8")
    expected = "allocation.csv: it differs from the order that was drawn. Restore it from a copy."
    assert noticed(path) == [expected]
    trial = open_trial(path, now=at(1))
    with pytest.raises(InputError) as caught:
        blinding_of(trial).open(trial=trial)
    assert str(caught.value) == expected


@pytest.mark.parametrize(
    ("name", "message"),
    [
        (
            "allocation.csv",
            "allocation.csv: it is missing, though the order of treatments was drawn. "
            "Restore it from a copy.",
        ),
        ("allocation.json", "allocation.json: it is missing. Restore it from a copy."),
    ],
)
def test_a_missing_file_is_noticed(tmp_path: Path, name: str, message: str) -> None:
    path = drawn(tmp_path / "t").path
    (path / name).unlink()
    assert noticed(path) == [message]


def test_the_dates_in_the_allocation_are_those_expected_at_the_draw(tmp_path: Path) -> None:
    path = drawn(tmp_path / "t").path
    log_event(path=path, kind="pause", detail={"first": "2026-03-06"}, now=at(3))
    log_event(path=path, kind="resume", detail={"first": "2026-03-09"}, now=at(7))
    assert noticed(path, 7) == []
    file = path / "allocation.csv"
    file.write_text(file.read_text().replace("2026-03-06", "2026-03-05"), encoding="utf-8")
    assert noticed(path, 7) == [
        "allocation.csv, line 2: last 2026-03-05 was 2026-03-06 when the order was drawn. "
        "Restore it from a copy."
    ]


def test_a_spreadsheets_byte_order_mark_hides_nothing(tmp_path: Path) -> None:
    path = drawn(tmp_path / "t").path
    seal = seal_from((path / "allocation.json").read_bytes())
    assert len(set(seal.treatments[:2])) == 2
    lines = (path / "allocation.csv").read_text(encoding="utf-8").splitlines()
    lines[1] = lines[1].replace(*seal.treatments[:2])
    (path / "allocation.csv").write_text("\ufeff" + "\n".join(lines) + "\n", encoding="utf-8")
    assert noticed(path) == [
        "allocation.csv: this order is not one that the design could draw. Restore it from a copy."
    ]
