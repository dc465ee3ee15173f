"""An audit says what was checked; each thing that somebody breaks is found and explained."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from alone_trials import with_slips
from ekbom.trial.audit import audit_trial
from ekbom.trial.seal import METHOD, commitment, seal_bytes, seal_from
from ekbom.trial.unblinding import record_unblinding
from sealed_trials import AFTER, BENS_KEY, guessed, sealed
from trials import at, drawn, imported, plain_protocol, registered, shell

IN_ORDER = (
    "In order. One thing no chain can show: whether the newest events were taken away. Compare "
    "the number of events with your own note of it."
)
SO_FAR = "In order, as far as it can be checked yet."


def results(path: Path) -> dict[str, str]:
    return {f.check: f.result for f in audit_trial(path, now=at(AFTER))}


def broken(path: Path) -> list[str]:
    """Return the lines of an audit that finds something broken, those of the breaks alone."""
    result = shell("audit", path, now=at(AFTER))
    assert result.exit_code == 2
    lines = result.output.splitlines()
    first = next(n for n, line in enumerate(lines) if line.startswith("BROKEN"))
    return [line for n, line in enumerate(lines[first:-1]) if not line.startswith("right")]


def opened(path: Path) -> Path:
    """Return the folder of a trial that Ben opened after its end."""
    guessed(sealed(path).path)
    return record_unblinding(path=path, key=BENS_KEY, now=at(AFTER)).path


def edited(file: Path, change: Callable[[str], str]) -> None:
    text = file.read_text(encoding="utf-8")
    assert change(text) != text
    file.write_text(change(text), encoding="utf-8")


def swapped(text: str) -> str:
    return text.replace("tea", "TMP").replace("water", "tea").replace("TMP", "water")


def test_an_open_trial_is_checked_in_full(tmp_path: Path) -> None:
    path = drawn(tmp_path / "t").path
    result = shell("audit", path, now=at(1))
    assert (result.exit_code, result.output.splitlines()) == (
        0,
        [
            "right: trial.toml can be read.",
            "right: Every event follows from the one before it, unchanged.",
            "right: The protocol is the one that was registered.",
            "right: The commitment is the one that was made at the draw.",
            "right: The number of possible orders is the design's.",
            "right: The opened order is what was committed to.",
            "right: Its seed draws this order again.",
            "right: The list of treatments is the order that was drawn.",
            "right: The design could draw this order.",
            IN_ORDER,
        ],
    )


def test_before_the_draw_there_is_little_to_check(tmp_path: Path) -> None:
    result = shell("audit", registered(tmp_path / "t").path, now=at(1))
    assert (result.exit_code, result.output.splitlines()[-3:]) == (
        0,
        [
            "not yet: The commitment is the one that was made at the draw.",
            "    No order was drawn yet, so there is nothing more to check.",
            SO_FAR,
        ],
    )


def test_a_sealed_order_says_what_cannot_be_checked_until_it_is_open(tmp_path: Path) -> None:
    path = sealed(tmp_path / "t").path
    result = shell("audit", path, now=at(1))
    assert (result.exit_code, result.output.splitlines()[-4:]) == (
        0,
        [
            "right: The sealed order is whole, and belongs to this protocol and commitment.",
            "not yet: The opening of the order is on record.",
            "    Until then nobody can check that the order fits its commitment, its seed and the "
            "design. Audit again after the opening.",
            SO_FAR,
        ],
    )


def test_an_opened_order_is_checked_in_full(tmp_path: Path) -> None:
    found = results(opened(tmp_path / "t"))
    assert set(found.values()) == {"right"}
    assert list(found)[-6:] == ["sealed", "opening", "seal", "seed", "order", "admissible"]


def test_an_order_drawn_by_hand_says_so_and_checks_its_slips(tmp_path: Path) -> None:
    path = with_slips(tmp_path / "t").path
    found = {f.check: f.result for f in audit_trial(path, now=at(29))}
    assert (found["by hand"], found["slips"], found["opening"]) == ("right", "right", "not yet")
    edited(path / "slips.csv", lambda text: text.replace("placebo", "TMP", 1))
    found = {f.check: f.result for f in audit_trial(path, now=at(29))}
    assert found["slips"] == "broken"


def test_an_imported_trial_is_checked_as_far_as_it_was_ever_proved(tmp_path: Path) -> None:
    path = imported(tmp_path / "t", plain_protocol(imported=True), *(("tea", "water") * 4)).path
    assert list(results(path)) == ["registration", "chain", "protocol", "order", "admissible"]
    assert set(results(path).values()) == {"right"}


def test_a_changed_event_is_named_with_its_cause_and_what_it_means(tmp_path: Path) -> None:
    path = opened(tmp_path / "t")
    edited(path / "events.csv", lambda text: text.replace("helps", "no difference"))
    assert broken(path) == [
        "BROKEN: Every event follows from the one before it, unchanged.",
        "    event 3: it was changed after it was written.",
        "    What may be the cause: Somebody edited, sorted or shortened events.csv, a "
        "spreadsheet saved it anew, or an older copy was put in its place.",
        "    What it means: From that event on nothing proves what was written down when. There "
        "is no verdict until the file is restored from a copy.",
    ]
    assert shell("audit", path, now=at(AFTER)).output.endswith(
        "Not in order: 1 of 11 checks failed.\n"
    )


def test_a_removed_event_is_noticed_where_it_was(tmp_path: Path) -> None:
    path = opened(tmp_path / "t")
    edited(path / "events.csv", lambda text: re.sub(r"(?m)^2,.*\n", "", text))
    assert "event 2: it does not follow the event before it" in "\n".join(broken(path))


def test_a_changed_protocol_is_noticed(tmp_path: Path) -> None:
    path = drawn(tmp_path / "t").path
    edited(path / "trial.toml", lambda text: text.replace("mid = 1.0", "mid = 2.0"))
    assert results(path)["protocol"] == "broken"
    assert "Questions or rules may have been changed once answers were known." in "\n".join(
        broken(path)
    )


def test_an_unreadable_registration_is_all_that_is_said(tmp_path: Path) -> None:
    path = drawn(tmp_path / "t").path
    (path / "trial.toml").write_text("=", encoding="utf-8")
    assert results(path) == {"registration": "broken"}
    assert results(tmp_path / "nothing") == {"registration": "broken"}


def test_a_changed_commitment_is_noticed(tmp_path: Path) -> None:
    path = sealed(tmp_path / "t").path
    edited(
        path / "trial.toml",
        lambda text: re.sub(r'commitment = "\w', 'commitment = "-', text),
    )
    assert "trial.toml has another commitment than event 2." in "\n".join(broken(path))


def test_a_changed_sealed_file_is_noticed_before_the_opening(tmp_path: Path) -> None:
    path = sealed(tmp_path / "t").path
    edited(path / "allocation.sealed", lambda text: text.replace("A", "B", 1))
    assert results(path)["sealed"] == "broken"


@pytest.mark.parametrize(
    ("name", "checks"),
    [("allocation.csv", ["order"]), ("allocation.json", ["seal", "seed", "order"])],
)
def test_a_swapped_order_is_noticed(tmp_path: Path, name: str, checks: list[str]) -> None:
    path = opened(tmp_path / "t")
    edited(path / name, swapped)
    found = results(path)
    wanted = [c for c in checks if c != "order" or name == "allocation.csv"]
    assert [c for c, result in found.items() if result == "broken"] == wanted


def test_an_order_that_no_chance_drew_is_noticed_though_it_fits_its_commitment(
    tmp_path: Path,
) -> None:
    path = drawn(tmp_path / "t").path
    seal = seal_from((path / "allocation.json").read_bytes())
    other = {"tea": "water", "water": "tea"}
    chosen = replace(seal, treatments=tuple(other[t] for t in seal.treatments))
    assert commitment(chosen) != commitment(seal)
    (path / "allocation.json").write_bytes(seal_bytes(chosen))
    assert results(path)["seed"] == "broken"
    assert "the seed in allocation.json draws another order." in "\n".join(broken(path))


def test_an_unknown_method_is_named(tmp_path: Path) -> None:
    path = drawn(tmp_path / "t").path
    edited(path / "allocation.json", lambda text: text.replace(METHOD, "dice"))
    assert "it was drawn by a method that this ekbom does not know: dice." in "\n".join(
        broken(path)
    )


def test_an_order_that_the_design_cannot_draw_is_noticed(tmp_path: Path) -> None:
    path = drawn(tmp_path / "t").path
    edited(path / "allocation.csv", lambda text: text.replace("water", "tea"))
    assert results(path)["admissible"] == "broken"
    assert "order" not in results(path)


def test_the_record_says_the_same_as_the_lines(tmp_path: Path) -> None:
    path = drawn(tmp_path / "t").path
    (path / "allocation.json").unlink()
    result = shell("audit", path, "--json", now=at(1))
    record = json.loads(result.stdout)
    assert result.exit_code == 2
    assert [r["check"] for r in record if r["result"] == "broken"] == ["seal"]
    assert next(r for r in record if r["check"] == "seal") == {
        "check": "seal",
        "result": "broken",
        "checked": "The opened order is what was committed to",
        "details": ["allocation.json is missing"],
        "cause": "allocation.json was edited or exchanged after the draw.",
        "meaning": "Nights may be counted for the wrong treatment. There is no verdict until the "
        "file is restored from a copy.",
    }
