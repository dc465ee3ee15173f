"""A small trial in Berlin that tests register, fill and break."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from click.testing import CliRunner, Result

from ekbom.cli import main
from ekbom.diary.diary import Diary
from ekbom.protocol.files import built_in, checked
from ekbom.protocol.model import (
    AnalysisPlan,
    DesignPlan,
    Outcome,
    Phases,
    Protocol,
    SideEffect,
    Treatment,
)
from ekbom.trial import log
from ekbom.trial.create import import_trial, register_trial
from ekbom.trial.folder import Trial
from ekbom.trial.log import log_event
from ekbom.trial.randomise import Screening, randomise

ZONE = "Europe/Berlin"
START = date(2026, 3, 2)
FAST = built_in("magnesium-rls-fast")
GO = Screening(by="Dr. Chen", on=date(2026, 3, 30))


def night(number: int) -> date:
    """Return the date of a night, counted from 0."""
    return START + timedelta(days=number)


def at(number: int, clock: str = "09:00", zone: str = ZONE) -> datetime:
    """Return the instant at which a clock shows a time on the date of a night."""
    local = datetime.combine(night(number), time.fromisoformat(clock), ZoneInfo(zone))
    return local.astimezone(UTC)


def plain_protocol(**changes: object) -> Protocol:
    """Return a protocol without doses: 2 nights of baseline, 4 pairs of 3 + 3 nights."""
    urge = Outcome(
        id="urge",
        question="How strong was the urge?",
        kind="rating",
        role="primary",
        direction="lower",
        minimum=0,
        maximum=10,
        prior_range=10,
        mid=1,
        unit="points",
    )
    fields: dict[str, object] = {
        "name": "plain",
        "title": "Tea or water",
        "treatments": (
            Treatment(name="tea", label="tea", role="treatment"),
            Treatment(name="water", label="water", role="reference"),
        ),
        "outcomes": (urge,),
        "side_effects": (SideEffect(id="nausea", question="How strong was nausea?"),),
        "phases": Phases(baseline_nights=2),
        "design": DesignPlan(kind="pairs", pairs=4, period_nights=3),
        "analysis": AnalysisPlan(tau_median=2, tau_log_sd=0.7, tau_test=2),
    }
    return checked(Protocol(**{**fields, **changes}), file="plain")


def registered(path: Path, protocol: Protocol | None = None) -> Trial:
    """Return a trial that was registered on the morning of its first night."""
    return register_trial(
        path=path, protocol=protocol or plain_protocol(), start=START, zone=ZONE, now=at(0)
    )


def imported(path: Path, protocol: Protocol, *treatments: str) -> Trial:
    """Return a trial that was run elsewhere, without its diary."""
    return import_trial(
        path=path,
        protocol=protocol,
        start=START,
        zone=ZONE,
        treatments=treatments,
        diary=Diary(),
        source="a notebook",
        now=at(0),
    )


def drawn(path: Path, protocol: Protocol | None = None) -> Trial:
    """Return a trial without doses whose order is drawn on its second morning."""
    return randomise(trial=registered(path, protocol), now=at(1))


def with_dose_fixed(path: Path, protocol: Protocol = FAST) -> Trial:
    """Return a magnesium trial whose dose was fixed on the morning after titration."""
    registered(path, protocol)
    detail = {"mg": 200, "capsules": 2}
    return log_event(path=path, kind="dose fixed", detail=detail, now=at(28))


def drawn_magnesium(path: Path, protocol: Protocol = FAST) -> Trial:
    """Return a magnesium trial whose first randomised night is night 42."""
    trial = with_dose_fixed(path, protocol)
    randomise(trial=trial, now=at(29), screening=GO)
    return log_event(path=path, kind="packs ready", detail={"spare_nights": 2}, now=at(30))


def contents(folder: Path) -> dict[str, bytes]:
    """Return every file of a folder, hidden ones too, byte for byte."""
    return {str(p.relative_to(folder)): p.read_bytes() for p in folder.rglob("*") if p.is_file()}


def shell(*arguments: str | Path, now: datetime, answer: str = "") -> Result:
    """Run a command of the shell at an instant; ``answer`` is what is typed."""
    return CliRunner().invoke(main, [str(a) for a in arguments], obj=now, input=answer)


def killed(written: int, step: Callable[[], object], monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Take a step that is killed after so many of its files, and return their names."""
    real: Callable[[Path, bytes], None] = log.write_file
    names: list[str] = []

    def write(file: Path, data: bytes) -> None:
        if len(names) == written:
            raise KeyboardInterrupt
        names.append(file.name)
        real(file, data)

    with monkeypatch.context() as patched:
        patched.setattr("ekbom.trial.log.write_file", write)
        with pytest.raises(KeyboardInterrupt):
            step()
    return names
