"""Every way in which a dose can enter a trial: never above the limit, never up again."""

from __future__ import annotations

import copy
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from ekbom.problem import InputError
from ekbom.protocol.doses import is_named, most_mg
from ekbom.protocol.files import protocol_from, resolved, toml_text, with_region
from ekbom.protocol.model import Protocol
from ekbom.trial.folder import open_trial
from ekbom.trial.log import log_event
from trials import (
    FAST,
    START,
    at,
    contents,
    drawn_magnesium,
    imported,
    night,
    registered,
    shell,
    with_dose_fixed,
)

ASK = "Mend a slip; if it was taken, log a deviation and ask a pharmacist or doctor."
HIGH = {"ladder": [100, 200, 400], "limit_mg": 400}


def tables(**dose: object) -> dict[str, Any]:
    found = copy.deepcopy(resolved(FAST))
    found["dose"] |= dose
    return found


def refused(path: Path, *arguments: str, day: int, clock: str = "09:00") -> str:
    before = contents(path)
    result = shell("log", path, *arguments, now=at(day, clock))
    assert result.exit_code in (2, 3), result.output
    assert contents(path) == before
    return " ".join(result.stderr.split())


def logged(path: Path, *arguments: str, day: int, clock: str = "09:00") -> None:
    result = shell("log", path, *arguments, now=at(day, clock))
    assert result.exit_code == 0, result.output


def fixes(path: Path, *, day: int, **detail: float) -> None:
    """Fix a dose as a program does; the shell also asks whether it was tolerated."""
    log_event(path=path, kind="dose fixed", detail=detail, now=at(day))


def takes(path: Path, *, day: int, capsules: int, mg: float) -> None:
    logged(path, "--dose", str(capsules), "--mg", str(mg), day=day, clock="21:30")


def three_rungs() -> Protocol:
    dose, phases = FAST.dose, FAST.phases
    assert dose is not None
    steps = tuple(
        replace(phases.titration[0], mg=mg, nights=n) for mg, n in ((100, 5), (150, 5), (200, 4))
    )
    return replace(
        FAST,
        dose=replace(dose, ladder=(100, 150, 200)),
        phases=replace(phases, titration=steps),
    )


@pytest.mark.parametrize("nobody", ["", " ", "-", "  . ", "1"])
def test_a_file_with_a_higher_dose_and_an_agreement_by_nobody_is_refused(
    tmp_path: Path, nobody: str
) -> None:
    assert not is_named(nobody)
    file, folder = tmp_path / "mine.toml", tmp_path / "t"
    file.write_text(toml_text(tables(**HIGH, agreed_by=nobody)), encoding="utf-8")
    made = shell(
        "new", folder, "--protocol", file, "--zone", "UTC", "--confirm-mid", now=at(0)
    )  # fmt: skip
    assert (made.exit_code, folder.exists()) == (2, False)
    assert "400 mg is more than the 250 mg elemental a day" in made.stderr


def test_calling_a_plan_imported_excuses_no_dose_that_is_still_to_come() -> None:
    mine = tables(**HIGH) | {"imported": True}
    with pytest.raises(InputError, match=r"dose\.limit_mg: 400 mg is more than the 250 mg"):
        protocol_from(mine, file="mine.toml")


def test_a_region_with_a_lower_limit_is_refused_for_a_higher_ladder() -> None:
    american = protocol_from(
        tables(ladder=[100, 300], limit_mg=350, region="us") | {"phases": {}}, file="mine.toml"
    )
    with pytest.raises(InputError, match="300 mg is more than the limit of 250 mg"):
        with_region(american, "eu")


def test_a_trial_file_changed_to_a_higher_dose_is_noticed(tmp_path: Path) -> None:
    path = registered(tmp_path / "t", FAST).path
    file = path / "trial.toml"
    for old, new in (("200.0]", "400.0]"), ("250.0", "400.0")):
        file.write_text(file.read_text("utf-8").replace(old, new), encoding="utf-8")
    assert "400.0" in file.read_text("utf-8")
    assert "400 mg is more than the 250 mg" in refused(path, "urge=4", day=1)


def test_the_most_a_plan_may_come_to() -> None:
    dose = FAST.dose
    assert dose is not None
    assert most_mg(None) == 250
    assert most_mg(dose) == 250
    assert most_mg(replace(dose, region="us", limit_mg=350)) == 350
    assert most_mg(replace(dose, limit_mg=800)) == 250
    assert most_mg(replace(dose, limit_mg=150)) == 150
    assert most_mg(replace(dose, limit_mg=800, agreed_by=" ")) == 250
    assert most_mg(replace(dose, limit_mg=400, agreed_by="Dr. Chen")) == 400


def test_an_imported_trial_cannot_fix_a_dose_above_the_limit(tmp_path: Path) -> None:
    """What was lived elsewhere may stand in the ladder; a new dose may not be fixed from it."""
    lived = [{"position": n, "first": night(n - 1), "last": night(n - 1)} for n in range(1, 13)]
    mine = tables(ladder=[100, 800], limit_mg=800) | {"imported": True, "phases": {}}
    mine["design"]["lived"] = lived
    order = ("magnesium", "placebo") * 6
    path = imported(tmp_path / "t", protocol_from(mine, file="mine.toml"), *order).path
    assert refused(path, "--event", "dose fixed", "mg=800", day=1) == (
        "800 mg is more than the 250 mg elemental a day of this trial's limit. More needs a named "
        "clinician's agreement in the registered protocol (agreed_by)."
    )


def test_an_agreed_dose_can_be_fixed_and_logged(tmp_path: Path) -> None:
    agreed = protocol_from(tables(**HIGH, agreed_by="Dr. Chen, 2026-03-01"), file="mine.toml")
    path = registered(tmp_path / "t", agreed).path
    takes(path, day=20, capsules=4, mg=400)
    fixes(path, mg=400, capsules=4, day=28)
    assert open_trial(path, now=at(28)).fixed_dose() == 400


def test_capsules_that_hold_more_than_the_limit_cannot_be_fixed(tmp_path: Path) -> None:
    path = registered(tmp_path / "t", FAST).path
    takes(path, day=20, capsules=1, mg=100)
    assert refused(path, "--event", "dose fixed", "mg=200", "capsules=6", day=28) == (
        "6 capsules of 100 mg, as they were logged, hold 600 mg: more than the 250 mg elemental a "
        "day of this trial's limit."
    )
    fixes(path, mg=200, capsules=2, day=28)


def test_a_dose_above_the_limit_cannot_be_logged(tmp_path: Path) -> None:
    path = registered(tmp_path / "t", FAST).path
    said = "of magnesium are more than the 250 mg a day of this trial's limit."
    for given in (["--mg", "251"], ["--dose", "2", "--mg", "800"]):
        mg = given[-1]
        assert refused(path, *given, day=20, clock="21:30") == f"this entry: {mg} mg {said} {ASK}"
    takes(path, day=20, capsules=1, mg=100)
    assert refused(path, "--dose", "3", day=21, clock="21:30") == (
        f"this entry: 300 mg {said} {ASK}"
    )
    takes(path, day=21, capsules=1, mg=250)


def test_the_same_is_refused_on_every_randomised_night(tmp_path: Path) -> None:
    """2 capsules were fixed at 200 mg; 3 would be 300 mg if they held magnesium, on any night."""
    path = drawn_magnesium(tmp_path / "t").path
    for day in range(42, 70):
        text = refused(path, "--dose", "3", day=day, clock="21:30")
        assert "300 mg of magnesium are more than the 250 mg" in text


def test_the_capsules_of_a_fixed_dose_never_go_up(tmp_path: Path) -> None:
    path = with_dose_fixed(tmp_path / "t").path
    up = "The dose is {} capsules a night on record and never goes up to {}."
    fix = ("--event", "dose fixed")
    assert refused(path, *fix, "mg=200", "capsules=3", day=29) == up.format(2, 3)
    assert refused(path, *fix, "mg=100", "capsules=4", day=29) == up.format(2, 4)
    fixes(path, mg=200, day=29)
    assert refused(path, *fix, "mg=200", "capsules=6", day=29) == up.format(2, 6)
    fixes(path, mg=100, capsules=1, day=29)
    assert refused(path, *fix, "mg=100", "capsules=2", day=30) == up.format(1, 2)


def test_a_step_down_never_leads_up_again(tmp_path: Path) -> None:
    path = with_dose_fixed(tmp_path / "t").path
    logged(path, "--event", "step down", "capsules=1", day=29)
    said = refused(path, "--event", "dose fixed", "mg=200", "capsules=2", day=30)
    assert said == "The dose is 1 capsules a night on record and never goes up to 2."
    said = refused(path, "--event", "step down", "capsules=2", day=30)
    assert said == "2 capsules are no step down from 1."


def test_a_step_down_before_the_dose_is_fixed_is_less_than_was_taken(tmp_path: Path) -> None:
    path = registered(tmp_path / "t", FAST).path
    said = refused(path, "--event", "step down", "capsules=7", day=22)
    assert said == "The registered plan allows at most 6 capsules."
    takes(path, day=21, capsules=2, mg=200)
    said = refused(path, "--event", "step down", "capsules=3", day=22)
    assert said == "3 capsules are no step down from 2."
    logged(path, "--event", "step down", "capsules=1", day=22)
    after = "After a hold or a step down the dose does not rise again: at most 100 mg can be fixed."
    assert refused(path, "--event", "dose fixed", "mg=200", day=28) == after
    fixes(path, mg=100, capsules=1, day=28)


def test_a_hold_takes_the_ladder_one_rung_down(tmp_path: Path) -> None:
    path = registered(tmp_path / "t", three_rungs()).path
    logged(path, "--event", "hold", f"night={night(25)}", day=26)
    assert "at most 150 mg" in refused(path, "--event", "dose fixed", "mg=200", day=28)
    fixes(path, mg=150, day=28)


def test_the_restart_after_a_hold_is_no_second_rung_down(tmp_path: Path) -> None:
    path = registered(tmp_path / "t", three_rungs()).path
    logged(path, "--event", "hold", f"night={night(25)}", day=26)
    logged(path, "--event", "step down", "capsules=3", day=27)
    assert "at most 150 mg" in refused(path, "--event", "dose fixed", "mg=200", day=28)
    logged(path, "--event", "step down", "capsules=2", day=28)
    assert "at most 100 mg" in refused(path, "--event", "dose fixed", "mg=150", day=29)


def test_a_second_hold_takes_a_second_rung(tmp_path: Path) -> None:
    path = registered(tmp_path / "t", three_rungs()).path
    for number in (20, 25):
        logged(path, "--event", "hold", f"night={night(number)}", day=26)
    assert "at most 100 mg" in refused(path, "--event", "dose fixed", "mg=150", day=28)


def test_a_hold_before_any_dose_says_nothing_of_the_dose(tmp_path: Path) -> None:
    path = registered(tmp_path / "t", FAST).path
    logged(path, "--event", "hold", f"night={START}", day=1)
    fixes(path, mg=200, day=28)


def without_titration() -> Protocol:
    phases = FAST.phases
    return replace(FAST, phases=replace(phases, titration=()))


def test_a_step_down_without_open_doses_never_leads_up_again(tmp_path: Path) -> None:
    """1 capsule was 100 mg; calling it 200 mg afterwards doubles what is taken."""
    path = registered(tmp_path / "t", without_titration()).path
    logged(path, "--event", "dose fixed", "mg=200", "capsules=2", day=1)
    logged(path, "--event", "step down", "capsules=1", day=1)
    after = "After a hold or a step down the dose does not rise again: at most 100 mg can be fixed."
    assert refused(path, "--event", "dose fixed", "mg=200", "capsules=1", day=2) == after
    assert refused(path, "--event", "dose fixed", "mg=200", day=2) == after
    logged(path, "--event", "dose fixed", "mg=100", "capsules=1", day=2)


def test_a_step_down_of_unknown_capsules_is_one_rung_of_what_was_fixed(tmp_path: Path) -> None:
    path = registered(tmp_path / "t", without_titration()).path
    logged(path, "--event", "dose fixed", "mg=200", day=1)
    logged(path, "--event", "step down", "capsules=1", day=1)
    said = refused(path, "--event", "dose fixed", "mg=200", "capsules=1", day=2)
    assert "at most 100 mg" in said
