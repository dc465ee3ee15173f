"""A warning sign is answered first, whatever else is wrong with the line or the folder."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from ekbom.safety.tolerability_rules import sign_meant, signs
from trials import FAST, at, registered, shell

NOW = at(20, "20:00")
EMERGENCY = "EMERGENCY. Stop the capsules. Call your local emergency number now.\n"


@pytest.mark.parametrize(
    "typed", ["chest_pain", "chest pain", "Chest_Pain", " CHEST-PAIN ", "chest  pain"]
)
def test_a_sign_is_understood_however_it_is_written(typed: str) -> None:
    assert sign_meant(typed) == "chest_pain"
    assert shell("tolerate", "--sign", typed, now=NOW).stdout.startswith(EMERGENCY)


def test_every_sign_is_meant_by_its_id_and_its_wording() -> None:
    for sign in signs().values():
        assert sign_meant(sign.id) == sign_meant(sign.wording.upper()) == sign.id
    assert sign_meant("hiccups") is None
    assert sign_meant("") is None


def test_a_known_sign_is_answered_beside_one_that_is_not_known() -> None:
    for order in (("chest_pain", "typo"), ("typo", "chest_pain")):
        result = shell("tolerate", *(a for s in order for a in ("--sign", s)), now=NOW)
        assert result.exit_code == 3
        assert result.stdout.startswith(EMERGENCY)
        assert "'typo' is not in the list of signs." in result.stderr


@pytest.mark.parametrize(
    "wrong",
    [
        ("--step", "0"),
        ("here", "there"),
        ("--bogus",),
        ("--capsules", "many"),
        ("--baseline",),
        ("--record",),
        ("--step", "1"),
    ],
)
@pytest.mark.parametrize("sign", [("--sign", "Chest Pain"), ("--sign=fainting",)])
def test_the_emergency_comes_before_a_usage_error(
    wrong: tuple[str, ...], sign: tuple[str, ...]
) -> None:
    for line in ((*sign, *wrong), (*wrong, *sign)):
        result = shell("tolerate", *line, now=NOW)
        assert result.exit_code in (2, 3)
        assert result.stdout.startswith(EMERGENCY)


def test_an_unknown_sign_alone_still_says_whom_to_call() -> None:
    result = shell("tolerate", "--sign", "typo", now=NOW)
    assert result.exit_code == 2
    assert "If you feel in danger, stop the capsules and call your local" in result.output


@pytest.mark.parametrize("where", ["open_trial", "calendar", "advice"])
def test_a_bug_in_reading_a_folder_does_not_silence_a_sign(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, where: str
) -> None:
    """No folder is known that ends in a bug, so the bug is put in."""
    path = registered(tmp_path / "t", FAST).path
    place = {
        "open_trial": "ekbom.trial.folder.open_trial",
        "calendar": "ekbom.trial.folder.build_calendar",
        "advice": "ekbom.safety.tolerability.fold",
    }[where]

    def fail(*_: object, **__: object) -> None:
        raise IndexError("a bug")

    monkeypatch.setattr(place, fail)
    result = shell("tolerate", path, "--sign", "fainting", "--json", "--record", now=NOW)
    assert result.exit_code == 3, result.output
    assert json.loads(result.stdout)["action"] == "emergency"
    assert "The trial could not be read. IndexError('a bug')" in result.stderr
    assert "Nothing was put on record." in result.stderr
    result = shell("tolerate", path, now=NOW)
    assert isinstance(result.exception, IndexError)
