"""Small trials in folders of their own, each described in a few words of code."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np

from ekbom.analysis.result import Check, OutcomeVerdict, TrialVerdict
from ekbom.analysis.schedule import Schedule, lay_out
from ekbom.analysis.verdict import reach_verdict
from ekbom.diary.diary import Diary, DoseTaken, Night
from ekbom.diary.doses import COLUMNS as DOSE_COLUMNS
from ekbom.diary.doses import dose_cells
from ekbom.diary.items import items_of
from ekbom.diary.nightly import nightly_cells
from ekbom.protocol.files import built_in, checked
from ekbom.protocol.model import (
    DecisionRule,
    DesignPlan,
    LivedPeriod,
    Outcome,
    Phases,
    Protocol,
    SideEffect,
)
from ekbom.trial.create import import_trial
from ekbom.trial.events import Event, chain_event
from ekbom.trial.files import csv_bytes
from ekbom.trial.folder import Trial, open_trial
from ekbom.trial.place import DIARY, DOSES

START = date(2026, 1, 1)
NOW = datetime(2027, 1, 1, tzinfo=UTC)
FAST = built_in("magnesium-rls-fast")
URGE = replace(FAST.primary, label="urge")
NAMES = {"T": "magnesium", "R": "placebo"}
SIX_PAIRS = "TRRTRTTRRTTR"

IRLS = Outcome(
    id="irls",
    question="IRLS total",
    kind="total",
    role="secondary",
    direction="lower",
    minimum=0,
    maximum=40,
    prior_range=40,
    mid=3,
    mid_also=(9.0,),
    unit="points",
    schedule="period",
    recall_nights=5,
)
IMPRESSION = FAST.outcome("impression")
NAUSEA = SideEffect(id="nausea", question="How strong was nausea?")

FIXED = (("dose fixed", {"mg": 200, "capsules": 2}), ("packs ready", {}))

Plan = Mapping[str, Any]


@dataclass(frozen=True, kw_only=True)
class Small:
    """A small trial: six pairs of 7 + 7 nights, the first 2 of each period unanalysed, T and R.

    On night i the answer is level + effect on T + drift x i + noise x a fixed normal number,
    rounded and kept on the scale; ``skip`` are nights without answer, ``say`` other answers by
    item and night.  Nights count from 0 at the first randomised one, in events and doses too.
    """

    order: str = SIX_PAIRS
    level: float = 6.0
    effect: float = -2.5
    drift: float = 0.0
    noise: float = 1.0
    seed: int = 1
    skip: frozenset[int] = frozenset()
    say: Mapping[str, Mapping[int, float]] = field(default_factory=dict)
    events: tuple[tuple[str, Plan], ...] = ()
    capsules: Mapping[int, float] = field(default_factory=dict)
    mg: Mapping[int, float] = field(default_factory=dict)
    outcome: Plan = field(default_factory=dict)
    design: Plan = field(default_factory=dict)
    analysis: Plan = field(default_factory=dict)
    decision: Plan = field(default_factory=dict)
    others: tuple[Outcome, ...] = ()
    side_effects: tuple[SideEffect, ...] = ()
    lengths: tuple[int, ...] = ()
    randomised: bool = True
    dosed: bool = False
    protocol_changes: Plan = field(default_factory=dict)

    @property
    def primary(self) -> Outcome:
        return replace(URGE, **self.outcome)

    @property
    def plan(self) -> DesignPlan:
        given = {"kind": "pairs", "period_nights": 7, "unanalysed_nights": 2, **self.design}
        if given["kind"] in ("pairs", "counterbalanced"):
            given.setdefault("pairs", len(self.order) // 2)
        if given["kind"] == "fixed":
            given.setdefault("order", self.treatments)
        if self.lengths:
            given["lived"] = self._lived()
        return DesignPlan(**given)

    @property
    def treatments(self) -> tuple[str, ...]:
        return tuple(NAMES[t] for t in self.order)

    @property
    def protocol(self) -> Protocol:
        protocol = replace(
            FAST,
            name="small",
            imported=True,
            randomised=self.randomised,
            screening_required=False,
            outcomes=(self.primary, *self.others),
            side_effects=self.side_effects,
            dose=FAST.dose if self.dosed else None,
            phases=Phases(),
            design=self.plan,
            decision=replace(DecisionRule(), **self.decision),
            analysis=replace(FAST.analysis, **self.analysis),
            **{"blinding": "alone", **self.protocol_changes},
        )
        return checked(protocol, file="small")

    @property
    def period_of(self) -> list[int]:
        """Return the period of each night, from 0."""
        lengths = self.lengths or (self.plan.period_nights,) * len(self.order)
        return [p for p, length in enumerate(lengths) for _ in range(length)]

    @property
    def answers(self) -> dict[int, float]:
        """Return the primary answer of each night that has one."""
        outcome = self.primary
        noise = np.random.Generator(np.random.PCG64(self.seed)).standard_normal(400)
        whole = outcome.kind in ("rating", "count")
        found = {}
        for i, period in enumerate(self.period_of):
            if i in self.skip:
                continue
            on = self.effect if self.order[period] == "T" else 0.0
            value = self.level + on + self.drift * i + self.noise * float(noise[i])
            value = float(np.rint(value)) if whole else round(value, 3)
            found[i] = min(max(value, outcome.minimum), outcome.maximum)
        return found | dict(self.say.get(outcome.id, {}))

    def build(self, path: Path, *, now: datetime = NOW) -> Trial:
        """Write the trial's folder and return the trial as it is read from there."""
        items = {**self.say, self.primary.id: self.answers}
        said = {i: {k: v[i] for k, v in items.items() if i in v} for i in range(-40, 400)}
        nights = tuple(Night(day(i), answers) for i, answers in said.items() if answers)
        doses = [DoseTaken(day(i), None, "UTC", None, c, None) for i, c in self.capsules.items()]
        doses += [DoseTaken(day(i), None, "UTC", None, None, mg) for i, mg in self.mg.items()]
        import_trial(
            path=path / "trial",
            protocol=self.protocol,
            start=START,
            zone="UTC",
            treatments=self.treatments,
            diary=Diary(),
            source="made up",
            events=[(kind, _dated(detail)) for kind, detail in self.events],
            # Events carry the instant of the import: the packs were ready on the first evening.
            now=datetime(START.year, START.month, START.day, 9, tzinfo=UTC),
        )
        cells = nightly_cells(Diary(nights), items=items_of(self.protocol))
        (path / "trial" / DIARY).write_bytes(csv_bytes(cells))
        rows = [DOSE_COLUMNS, *(dose_cells(d) for d in sorted(doses, key=lambda d: d.night))]
        (path / "trial" / DOSES).write_bytes(csv_bytes(rows))
        return open_trial(path / "trial", now=now)

    def verdict(self, path: Path, *, now: datetime = NOW) -> TrialVerdict:
        """Return the verdict on the trial."""
        return reach_verdict(trial=self.build(path, now=now), now=now)

    def outcome_verdict(self, path: Path) -> OutcomeVerdict:
        """Return the verdict on the primary outcome."""
        return self.verdict(path).outcomes[self.primary.id]

    def _lived(self) -> tuple[LivedPeriod, ...]:
        first, lived = 0, []
        for position, length in enumerate(self.lengths, start=1):
            last = first + length - 1
            lived.append(LivedPeriod(position=position, first=day(first), last=day(last)))
            first = last + 1
        return tuple(lived)


def day(i: int) -> date:
    """Return the date of night ``i``."""
    return START + timedelta(days=i)


def nights(text: str) -> frozenset[int]:
    """Return the nights of a text such as "0-6 9"."""
    found: set[int] = set()
    for part in text.split():
        first, _, last = part.partition("-")
        found |= set(range(int(first), int(last or first) + 1))
    return frozenset(found)


def _dated(detail: Plan) -> dict[str, Any]:
    dated = ("night", "first", "last")
    return {k: day(v).isoformat() if k in dated else v for k, v in detail.items()}


def checks(found: OutcomeVerdict) -> dict[str, Check]:
    return {check.name: check for check in found.checks}


def primary(verdict: TrialVerdict) -> OutcomeVerdict:
    return verdict.outcomes[verdict.trial.protocol.primary.id]


def laid_out(small: Small, path: Path) -> Schedule:
    trial = small.build(path)
    return lay_out(trial=trial, calendar=trial.calendar(), treatments=small.treatments)


def chained(*events: tuple[str, int, dict[str, object]]) -> tuple[Event, ...]:
    """Return events that happened at 9:00 UTC so many days after the start."""
    chain: list[Event] = []
    morning = datetime(START.year, START.month, START.day, 9, tzinfo=UTC)
    for kind, days, detail in events:
        instant = morning + timedelta(days=days)
        chain.append(chain_event(chain, kind=kind, detail=detail, instant=instant, zone="UTC"))
    return tuple(chain)
