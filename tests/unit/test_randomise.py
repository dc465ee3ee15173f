"""Drawing the order: once, when it is due, and finished if it was interrupted."""

from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from ekbom.problem import RefusedError
from ekbom.protocol.model import Protocol
from ekbom.trial.blinding import blinding_of
from ekbom.trial.check import check_trial
from ekbom.trial.folder import open_trial
from ekbom.trial.happened import last_of
from ekbom.trial.log import log_event
from ekbom.trial.randomise import Screening, randomise
from ekbom.trial.seal import commitment, seal_bytes, seal_from
from trials import (
    FAST,
    GO,
    at,
    contents,
    drawn,
    imported,
    killed,
    night,
    plain_protocol,
    registered,
    with_dose_fixed,
)


def refused(path: Path, number: int = 29, screening: Screening | None = None) -> str:
    """Return the message of a refused draw that leaves the folder byte for byte as it was."""
    before = contents(path)
    trial = open_trial(path, now=at(number))
    with pytest.raises(RefusedError) as caught:
        randomise(trial=trial, now=at(number), screening=screening)
    assert contents(path) == before
    return str(caught.value)


def test_a_draw_writes_the_order_its_seal_the_commitment_and_the_events(tmp_path: Path) -> None:
    path = with_dose_fixed(tmp_path / "t").path
    trial = randomise(trial=open_trial(path, now=at(29)), now=at(29), screening=GO)
    seal = seal_from((path / "allocation.json").read_bytes())
    assert trial.commitment == commitment(seal)
    assert blinding_of(trial).open(trial=trial).treatments == seal.treatments
    screening, randomised = trial.events[-2:]
    assert screening.detail == {"by": "Dr. Chen", "on": "2026-03-30", "result": "go"}
    assert randomised.detail == {"commitment": trial.commitment, "sequences": 64}
    assert check_trial(path, now=at(29))[1] == []


def test_the_order_is_never_drawn_twice(tmp_path: Path) -> None:
    path = drawn(tmp_path / "t").path
    assert refused(path, 1) == (
        "The order of treatments is drawn already. It is never drawn twice. Nothing changed."
    )


def test_the_dose_is_fixed_before_the_draw(tmp_path: Path) -> None:
    path = registered(tmp_path / "t", FAST).path
    assert refused(path, screening=GO) == (
        "The dose is not fixed yet. The tolerated dose is fixed before the order is drawn. "
        f"When it is known, run: ekbom log {path} --event 'dose fixed' mg=200 capsules=2"
    )


NO_SCREENING = (
    "This protocol needs a safety screening first. Answer its questions and put the result on "
    "record: ekbom screen --record DIR. When a clinician or pharmacist has screened you, give "
    "their result instead: --screened-by NAME --date 2026-03-01"
)


@pytest.mark.parametrize(
    ("screening", "message"),
    [
        (None, NO_SCREENING),
        (
            replace(GO, on=date(2026, 3, 2)),
            "The screening of 2026-03-02 is 29 days old; at most 28 days may lie between it and "
            "the draw. Screen again.",
        ),
        (
            replace(GO, on=date(2026, 4, 1)),
            "The screening is dated 2026-04-01, which is not past. Give its own day.",
        ),
        (
            replace(GO, result="clinician first"),
            "The result was: clinician first. Record who agreed with --agreed-by NAME, or wait.",
        ),
        (
            replace(GO, result="clinician first", agreed_by=" "),
            "The result was: clinician first. Record who agreed with --agreed-by NAME, or wait.",
        ),
        (
            replace(GO, result="stop", agreed_by="Dr. Chen"),
            "The result of the screening was: stop. The order is not drawn.",
        ),
        (replace(GO, by=" "), "Say who did the screening: --screened-by NAME"),
    ],
)
def test_rules_3_asks_for_a_screening_that_will_do(
    tmp_path: Path, screening: Screening | None, message: str
) -> None:
    path = with_dose_fixed(tmp_path / "t").path
    assert refused(path, 29, screening) == message.replace("DIR", str(path))


@pytest.mark.parametrize(
    "screening",
    [
        replace(GO, on=date(2026, 3, 3)),
        replace(GO, on=date(2026, 3, 31)),
        replace(GO, result="clinician first", agreed_by="Dr. Okafor"),
    ],
)
def test_a_screening_of_the_last_28_days_or_an_agreement_will_do(
    tmp_path: Path, screening: Screening
) -> None:
    trial = with_dose_fixed(tmp_path / "t")
    trial = randomise(trial=trial, now=at(29), screening=screening)
    event = last_of(trial.events, "screening")
    assert event is not None
    assert event.detail.get("agreed_by", "") == screening.agreed_by


def test_an_own_protocol_needs_no_screening(tmp_path: Path) -> None:
    assert last_of(drawn(tmp_path / "t").events, "screening") is None


@pytest.mark.parametrize(
    ("way", "command"), [("helper", "seal"), ("clinic", "seal"), ("alone", "slips make")]
)
def test_a_blinded_trial_is_sent_to_the_command_that_draws_it(
    tmp_path: Path, way: str, command: str
) -> None:
    path = registered(tmp_path / "t", plain_protocol(blinding=way)).path
    assert refused(path, 1) == (
        f"This trial is blinded by way of {way!r}, so its order is not drawn in this way. "
        f"Run: ekbom {command} {path}"
    )


@pytest.mark.parametrize("how", ["imported", "not randomised"])
def test_a_trial_that_ekbom_does_not_draw_is_refused(tmp_path: Path, how: str) -> None:
    if how == "not randomised":
        design = replace(plain_protocol().design, kind="fixed", pairs=None, order=("tea", "water"))
        path = registered(tmp_path / "t", plain_protocol(randomised=False, design=design)).path
    else:
        order = ("tea", "water") * 4
        path = imported(tmp_path / "t", plain_protocol(imported=True), *order).path
    assert refused(path, 1) == (
        "This trial was not randomised by ekbom; its order cannot be drawn."
    )


def test_no_night_is_lived_before_its_treatment_is_drawn(tmp_path: Path) -> None:
    path = registered(tmp_path / "t").path
    assert refused(path, 4) == (
        "The first randomised night, 2026-03-04, is past, and nobody knew its treatment. Log a "
        "pause from that night, draw the order, and log when you resume: "
        f"ekbom log {path} --event pause first=2026-03-04"
    )
    log_event(path=path, kind="pause", detail={"first": "2026-03-04"}, now=at(4))
    randomise(trial=open_trial(path, now=at(4)), now=at(4))
    resume = {"first": night(4).isoformat()}
    trial = log_event(path=path, kind="resume", detail=resume, now=at(4))
    assert trial.calendar().randomised[0].night == night(4)
    assert check_trial(path, now=at(4))[1] == []


FILES = ("allocation.json", "allocation.csv", "trial.toml", "events.csv")


def _interrupted(
    path: Path, written: int, monkeypatch: pytest.MonkeyPatch, protocol: Protocol | None = None
) -> None:
    """Begin a draw that is killed after so many of its files."""
    trial = registered(path, protocol)
    names = killed(written, lambda: randomise(trial=trial, now=at(1)), monkeypatch)
    assert tuple(names) == FILES[:written]


@pytest.mark.parametrize("written", range(4))
def test_an_interrupted_draw_is_finished_and_not_drawn_anew(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, written: int
) -> None:
    path = tmp_path / "t"
    _interrupted(path, written, monkeypatch)
    begun = contents(path).get("allocation.json")
    assert [f"{p.severity}: {p}" for p in check_trial(path, now=at(1))[1]] == (
        []
        if written == 0
        else [
            "warning: allocation.json: the draw of the order was interrupted. Run ekbom randomise "
            "again: it finishes that draw and draws nothing new."
        ]
    )
    trial = open_trial(path, now=at(1))
    with pytest.raises(RefusedError, match=r"^The order of treatments has not been drawn yet\."):
        blinding_of(trial).open(trial=trial)
    trial = randomise(trial=open_trial(path, now=at(1)), now=at(1))
    assert check_trial(path, now=at(1))[1] == []
    if written:
        assert contents(path)["allocation.json"] == begun
    assert refused(path, 1).startswith("The order of treatments is drawn already.")


def test_an_interrupted_draw_whose_seal_was_taken_away_is_not_drawn_anew(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "t"
    _interrupted(path, 3, monkeypatch)
    (path / "allocation.json").unlink()
    assert refused(path, 1) == (
        "The order was drawn and committed to, but allocation.json is missing. It is never drawn "
        "twice: restore it from a copy."
    )


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"treatments": "swapped"}, "its seed draws another order"),
        ({"protocol": "0" * 64}, "it belongs to another protocol or method"),
        ({"method": "by hand"}, "it belongs to another protocol or method"),
    ],
)
def test_a_seal_that_someone_put_there_is_not_taken_for_an_interrupted_draw(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, change: dict[str, str], message: str
) -> None:
    path = tmp_path / "t"
    _interrupted(path, 1, monkeypatch)
    seal = seal_from((path / "allocation.json").read_bytes())
    if "treatments" in change:
        first, second = sorted(set(seal.treatments))
        other = {first: second, second: first}
        seal = replace(seal, treatments=tuple(other[t] for t in seal.treatments))
    else:
        seal = replace(seal, **change)
    (path / "allocation.json").write_bytes(seal_bytes(seal))
    assert refused(path, 1) == (
        "The draw was interrupted and cannot be finished. "
        f"allocation.json: {message}. Restore it from a copy."
    )
    (path / "allocation.json").write_bytes(b"{")
    assert refused(path, 1).startswith(
        "The draw was interrupted and cannot be finished. allocation.json: it is damaged: "
    )


def test_the_draw_uses_the_operating_systems_randomness(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seals = []
    for name in ("t", "u"):
        path = drawn(tmp_path / name).path
        seals.append(seal_from((path / "allocation.json").read_bytes()))
    assert seals[0].seed != seals[1].seed
    assert seals[0].salt != seals[1].salt
