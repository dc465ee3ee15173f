"""ekbom new and ekbom randomise: registering, and drawing the order."""

from dataclasses import replace
from pathlib import Path

import pytest

from ekbom.protocol.files import built_in, resolved, toml_text
from ekbom.report.plan_words import OPEN_COST, WAY_WORDS
from ekbom.trial.folder import open_trial
from trials import at, contents, night, registered, shell, with_dose_fixed

NOW = at(0)
NEW = ["--protocol", "magnesium-rls", "--zone", "Europe/Berlin"]


def new(path: Path, *more: str, now: object = NOW, answer: str = "") -> tuple[int, str, str]:
    result = shell("new", path, *NEW, *more, now=now, answer=answer)
    return result.exit_code, result.stdout, result.stderr


def test_new_prints_the_plan_what_open_costs_and_that_three_pairs_are_few(tmp_path: Path) -> None:
    status, text, _ = new(tmp_path / "t", "--confirm-mid")
    assert status == 0
    assert f"\n{OPEN_COST}\n" in text
    assert "The randomisation test alone can never reach 5 % here (two-sided 0.25)." in text
    assert "MID 1 [our choice; no verified source for one person]" in text
    assert f"Next: ekbom log {tmp_path / 't'} --help\n" in text


@pytest.mark.parametrize("answer", ["", "n\n"])
def test_new_refuses_mids_that_were_not_confirmed(tmp_path: Path, answer: str) -> None:
    status, _, error = new(tmp_path / "t", answer=answer)
    assert status == 2
    assert (
        "The MIDs were not confirmed, so nothing was registered. Change them with --mid "
        "OUTCOME=VALUE, and confirm them with --confirm-mid."
    ) in " ".join(error.split())
    assert list(tmp_path.iterdir()) == []


def test_mids_can_be_confirmed_by_typing(tmp_path: Path) -> None:
    assert new(tmp_path / "t", answer="y\n")[0] == 0
    (event,) = open_trial(tmp_path / "t", now=NOW).events
    assert event.detail["mids_confirmed"] is True


def test_pairs_lengths_mids_and_region_can_be_chosen(tmp_path: Path) -> None:
    more = ["--pairs", "5", "--period-nights", "21", "--unanalysed", "7", "--region", "US",
            "--mid", "urge=1.5", "--start", "2026-03-05"]  # fmt: skip
    assert new(tmp_path / "t", *more, "--confirm-mid")[0] == 0
    trial = open_trial(tmp_path / "t", now=NOW)
    plan = trial.protocol.design
    assert (plan.pairs, plan.period_nights, plan.unanalysed_nights) == (5, 21, 7)
    assert trial.protocol.outcome("urge").mid == 1.5
    assert trial.protocol.dose is not None
    assert trial.protocol.dose.limit_mg == 350
    assert trial.start == night(3)


@pytest.mark.parametrize(
    ("more", "error"),
    [
        (["--mid", "itch=1"], "magnesium-rls: there is no outcome 'itch'."),
        (["--mid", "urge=much"], "--mid 'urge=much': write it as urge=1.5"),
        (["--mid", "urge=nan"], "--mid 'urge=nan': write it as urge=1.5"),
        (["--mid", "urge=1", "--mid", "urge=2"], "--mid urge is given twice"),
        (["--mid", "urge=0"], "magnesium-rls: outcomes.0.mid: Input should be greater than 0."),
        (["--pairs", "6"], "magnesium-rls: design: 6 pairs are more than the 5 offered."),
        (["--pairs", "0"], "0 is not in the range x>=1"),
        (["--unanalysed", "28"], "magnesium-rls: design: 28 unanalysed nights leave nothing"),
        (["--region", "Mars"], "magnesium-rls: there is no region 'Mars'."),
        (["--zone", "Mars/Base"], "'Mars/Base' is not a time zone; use one such as Europe/Berlin"),
        (["--start", "soon"], "'soon' is not a date. Write it as 2026-03-01."),
    ],
)
def test_what_cannot_be_registered_is_told_and_nothing_written(
    tmp_path: Path, more: list[str], error: str
) -> None:
    status, _, said = new(tmp_path / "t", *more, "--confirm-mid")
    assert status == 2
    assert error in " ".join(said.split())
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(("clock", "first"), [("09:00", 0), ("12:30", 0), ("23:30", 0)])
def test_the_first_night_is_tonight_unless_told(tmp_path: Path, clock: str, first: int) -> None:
    assert new(tmp_path / "t", "--confirm-mid", now=at(0, clock))[0] == 0
    assert open_trial(tmp_path / "t", now=at(0, clock)).start == night(first)


def test_a_folder_with_something_in_it_is_refused(tmp_path: Path) -> None:
    path = registered(tmp_path / "t").path
    before = contents(path)
    status, _, error = new(path, "--confirm-mid")
    assert (status, error) == (3, f"{path} exists already and is not empty. Nothing was changed.\n")
    assert contents(path) == before


def randomise(path: Path, *more: str) -> tuple[int, str, str]:
    result = shell("randomise", path, *more, now=at(29))
    return result.exit_code, result.stdout, result.stderr


def test_randomise_draws_once_and_prints_the_commitment(tmp_path: Path) -> None:
    path = with_dose_fixed(tmp_path / "t").path
    screened = ["--screened-by", "Dr. Chen", "--date", "2026-03-20"]
    status, text, _ = randomise(path, *screened)
    commitment = open_trial(path, now=at(29)).commitment
    assert (status, text.splitlines()) == (
        0,
        [
            f"The order is drawn. allocation.csv in {path} has the treatment of each period.",
            f"Commitment: {commitment}",
            f"Anyone can check that chance drew it and nobody changed it: ekbom check {path}",
            f"Next, when the packs are made: ekbom log {path} --event 'packs ready'",
        ],
    )
    assert randomise(path, *screened)[0] == 3


@pytest.mark.parametrize(
    ("more", "status", "error"),
    [
        ([], 3, "This protocol needs a safety screening first."),
        (["--screened-by", "Dr. Chen"], 2, "Give --screened-by and --date together."),
        (["--date", "2026-03-20"], 2, "Give --screened-by and --date together."),
        (
            ["--agreed-by", "Dr. Chen"],
            2,
            "--result and --agreed-by go with --screened-by and --date only.",
        ),
        (
            ["--screened-by", "Dr. Chen", "--date", "2026-03-20", "--result", "clinician first"],
            3,
            "The result was: clinician first. Record who agreed with --agreed-by NAME, or wait.",
        ),
        (["--screened-by", "Dr. Chen", "--date", "2026-03-02"], 3, "The screening of 2026-03-02"),
        (["--seed", "1"], 2, "No such option"),
    ],
)
def test_randomise_is_refused_and_changes_nothing(
    tmp_path: Path, more: list[str], status: int, error: str
) -> None:
    path = with_dose_fixed(tmp_path / "t").path
    before = contents(path)
    found = randomise(path, *more)
    assert found[0] == status
    assert error in " ".join(found[2].split())
    assert contents(path) == before


@pytest.mark.parametrize("way", ["open", "helper", "alone", "clinic"])
def test_the_way_of_blinding_is_chosen_and_what_it_costs_is_said(tmp_path: Path, way: str) -> None:
    status, text, _ = new(tmp_path / "t", "--blinding", way, "--confirm-mid")
    assert status == 0
    told = {name: text.count(f"\n{words}\n") for name, words in WAY_WORDS.items()}
    assert told == {name: int(name == way) for name in WAY_WORDS}
    assert text.count(" capsules of size ") == (0 if way == "open" else 2)
    assert open_trial(tmp_path / "t", now=NOW).protocol.blinding == way


def own(path: Path, *, ladder: tuple[float, float] = (100.0, 200.0), **changed: object) -> Path:
    """Write the fast protocol with another ladder, way or design into a file."""
    protocol = built_in("magnesium-rls-fast")
    steps = protocol.phases.titration
    titration = tuple(replace(s, mg=mg) for s, mg in zip(steps, ladder, strict=True))
    phases = replace(protocol.phases, titration=titration)
    dose = replace(protocol.dose, ladder=ladder)
    file = path / "own.toml"
    file.write_text(toml_text(resolved(replace(protocol, dose=dose, phases=phases, **changed))))
    return file


def new_own(path: Path, file: Path, *more: str):
    """Register a protocol of a file in the folder t, and return what the shell said."""
    arguments = ["--protocol", str(file), "--zone", "Europe/Berlin", "--confirm-mid", *more]
    return shell("new", path / "t", *arguments, now=NOW)


def test_without_the_option_a_protocols_own_way_stays(tmp_path: Path) -> None:
    assert new_own(tmp_path, own(tmp_path, blinding="alone")).exit_code == 0
    assert open_trial(tmp_path / "t", now=NOW).protocol.blinding == "alone"


@pytest.mark.parametrize("way", ["helper", "alone", "clinic"])
def test_steps_that_packs_cannot_hide_are_refused_before_registration(
    tmp_path: Path, way: str
) -> None:
    """70 and 200 mg are no whole numbers of one capsule, at most 6 a night."""
    file = own(tmp_path, ladder=(70.0, 200.0))
    result = new_own(tmp_path, file, "--blinding", way)
    assert (result.exit_code, result.stderr) == (
        3,
        "Not every step of this dose is a whole number of capsules, at most 6 a night. Then "
        "packs cannot hide what is in them. Choose other steps or another product, or an open "
        "trial.\n",
    )
    assert not (tmp_path / "t").exists()
    assert new_own(tmp_path, file, "--blinding", "open").exit_code == 0


def test_a_plan_that_is_not_of_pairs_cannot_be_shuffled_alone(tmp_path: Path) -> None:
    design = replace(built_in("magnesium-rls-fast").design, kind="counterbalanced")
    result = new_own(tmp_path, own(tmp_path, design=design), "--blinding", "alone")
    assert (result.exit_code, result.stderr) == (
        3,
        "A person alone can shuffle two packs at a time, so the plan must be one of pairs. The "
        "order of 'counterbalanced' cannot be drawn by hand.\n",
    )
    assert not (tmp_path / "t").exists()


def test_capsules_that_surely_hold_the_highest_step_are_named(tmp_path: Path) -> None:
    """250 mg surely go into 6 capsules of size 000, and may not go into 6 of a smaller one."""
    file = own(tmp_path, ladder=(125.0, 250.0))
    result = new_own(tmp_path, file, "--blinding", "helper")
    assert result.exit_code == 0
    assert result.stdout.count(" capsules of size ") == result.stdout.count("of size 000") == 1
