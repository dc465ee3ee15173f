"""A virtual participant's whole trial as a folder, for demonstrations and tests."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np

from ekbom.analysis.exposure import Floats
from ekbom.analysis.schedule import Flags, Schedule, lay_out
from ekbom.design.calendar import CalendarNight
from ekbom.diary.diary import DoseTaken
from ekbom.diary.entries import Entry
from ekbom.diary.items import Item
from ekbom.protocol.files import built_in
from ekbom.protocol.model import Outcome, Protocol
from ekbom.simulation.layout import Layout, layout_of
from ekbom.simulation.participant import Lived, Participant, live
from ekbom.simulation.traits import Missing, Nights, Onset
from ekbom.trial.blinding import blinding_of
from ekbom.trial.create import register_trial
from ekbom.trial.folder import Trial
from ekbom.trial.log import log_event, record_diary
from ekbom.trial.randomise import Screening, randomise

_DAY = timedelta(days=1)
_FORENOON, _MORNING, _BEDTIME = time(10), time(7, 30), time(21, 30)
_DEMONSTRATED = date(2025, 1, 6)
_NOBODY = "nobody: this trial is simulated"


def simulate_trial(
    *,
    path: Path,
    protocol: Protocol,
    participant: Participant,
    rng: np.random.Generator,
    start: date,
    zone: str,
) -> Trial:
    """Let a virtual participant run a whole trial in a new folder, for demonstrations and tests.

    Parameters
    ----------
    path
        The folder to be made.
    protocol
        A protocol with a dose ladder that asks for ``urge``.
    participant
        What is true of the person, on the scale of ``urge``.
    rng
        Decides everything that chance decides, the order of treatments and its seal included.
    start, zone
        First night and time zone; the trial should be over by now, or its folder cannot be read.

    Returns
    -------
    The finished trial, not yet analysed.

    Raises
    ------
    ValueError
        If the protocol has no dose ladder or no outcome ``urge``.
    RefusedError, InputError
        As `register_trial` does.

    Notes
    -----
    The urge is lived as `ekbom.simulation.participant.live` says.  All other answers follow from it
    and from the exposure with noise of their own: ratings in proportion to it, minutes in steps of
    five that grow with it, the IRLS total as four times its mean over the recall.  These are made
    up to look plausible, and nothing rests on them.
    """
    if protocol.dose is None or protocol.primary.id != "urge":
        raise ValueError("a simulated folder needs a dose ladder and the primary outcome 'urge'")
    trial = _until_packs_are_ready(path, protocol, rng, start, zone)
    layout = _layout(trial)
    orders = np.array([layout.schedule.sequence], dtype=np.int8)
    lived = live(participant=participant, layout=layout, orders=orders, rng=rng)
    answers = _answers(lived, layout, rng)
    entries = list(_entries(trial, layout.schedule, answers, rng))
    after = _at(trial.calendar().last + 2 * _DAY, _MORNING, trial.zone)
    doses = list(_doses(trial, layout.schedule, lived.swallowed[0]))
    return record_diary(path=trial.path, entries=entries, doses=doses, now=after)


def demonstration(*, path: Path, zone: str, rng: np.random.Generator) -> tuple[Trial, str]:
    """Let a participant whom magnesium helps run the fast protocol, and say what is true of them.

    Raises as `simulate_trial` does.
    """
    person = demonstrated()
    trial = simulate_trial(
        path=path,
        protocol=built_in("magnesium-rls-fast"),
        participant=person,
        rng=rng,
        start=_DEMONSTRATED,
        zone=zone,
    )
    shown = true_effect(trial=trial, participant=person)
    return trial, (
        "The truth, which only a simulation knows: over this schedule magnesium lowers the "
        f"strongest urge by {-shown:.1f} points ({-person.beta:.1f} at full exposure, with an "
        f"onset time of {person.onset.tau:g} nights)."
    )


def demonstrated() -> Participant:
    """Return the person of the demonstration, whom magnesium helps."""
    return Participant(
        beta=-3.0, onset=Onset(tau=1.5), nights=Nights(sd=1.8), missing=Missing(share=0.05)
    )


def true_effect(*, trial: Trial, participant: Participant) -> float:
    """Return theta, the effect that this trial's schedule shows: beta D(tau), points.

    It is the mean difference between treatment and reference nights had no dose been forgotten.
    """
    tau = np.array([participant.onset.tau])
    return participant.beta * float(_layout(trial).schedule.contrast(tau)[0])


def _until_packs_are_ready(
    path: Path, protocol: Protocol, rng: np.random.Generator, start: date, zone: str
) -> Trial:
    """Register, fix the highest dose after titration, draw the order, and make the packs."""
    ladder = protocol.dose.ladder if protocol.dose else ()
    phases = protocol.phases
    fixed = start + (phases.baseline_nights + sum(s.nights for s in phases.titration)) * _DAY
    ready = fixed + max(phases.washout_nights - 1, 0) * _DAY
    trial = register_trial(
        path=path, protocol=protocol, start=start, zone=zone, now=_at(start, _FORENOON, zone)
    )
    now = _at(fixed, _FORENOON, zone)
    dose = {"mg": ladder[-1], "capsules": len(ladder)}
    trial = log_event(path=path, kind="dose fixed", detail=dose, now=now)
    screening = Screening(by=_NOBODY, on=fixed)
    randomise(trial=trial, now=now, screening=screening, source=rng.bytes)
    now = _at(ready, _FORENOON, zone) + timedelta(minutes=30)
    return log_event(path=path, kind="packs ready", detail={}, now=now)


def _layout(trial: Trial) -> Layout:
    """Return the trial's own nights, with the order that was drawn."""
    treatments = blinding_of(trial).open(trial=trial).treatments
    schedule = lay_out(trial=trial, calendar=trial.calendar(), treatments=treatments)
    return replace(layout_of(trial.protocol), schedule=schedule)


def _answers(lived: Lived, layout: Layout, rng: np.random.Generator) -> dict[str, Floats]:
    """Return the answers to the items that a virtual participant knows, (T,), NaN where none."""
    urge, nights = lived.latent[0], layout.nights
    above = np.maximum(urge, 0.0)
    late, awake = np.exp(0.35 * rng.standard_normal((2, nights)))
    complaint = rng.integers(1, 4, (3, nights)) * (rng.random((3, nights)) < 0.04)
    recalled = _Recall(urge, layout)
    found = {
        "urge": urge,
        "sensations": 0.9 * urge + rng.standard_normal(nights),
        "cramps": 0.7 * urge + rng.standard_normal(nights),
        "sleep_quality": 9 - 0.6 * urge + rng.standard_normal(nights),
        "calm": 8 - 0.4 * urge + rng.standard_normal(nights),
        "minutes_to_sleep": 5 * np.rint((2 + 0.8 * above) * late),
        "minutes_awake": 5 * np.rint(np.maximum(above - 1, 0.0) * awake),
        "irls_total": 4 * recalled.mean("irls_total"),
        "impression": 4 + (recalled.mean("impression") - recalled.before()) / 1.5,
        "loose_stools": lived.loose[0] * rng.integers(1, 4, nights),
        **dict(zip(("nausea", "belly_pain", "other_complaint"), complaint, strict=True)),
    }
    unanswered = np.isnan(lived.value[0])
    return {name: np.where(unanswered, np.nan, value) for name, value in found.items()}


@dataclass(frozen=True, slots=True)
class _Recall:
    """What answers that look back on several nights remember of the urge (T,)."""

    urge: Floats
    layout: Layout

    def mean(self, name: str) -> Floats:
        """Return the mean urge over the nights that an answer given each morning looks back on."""
        outcomes = self.layout.protocol.outcomes
        recall = next((o.recall_nights or 1 for o in outcomes if o.id == name), 1)
        sums = np.concatenate([[0.0], np.cumsum(self.urge)])
        ends = np.arange(1, len(self.urge) + 1)
        firsts = np.maximum(ends - recall, 0)
        found: Floats = (sums[ends] - sums[firsts]) / (ends - firsts)
        return found

    def before(self) -> float:
        """Return the mean urge before the first open dose, or of the first night if none."""
        first_dose = int((self.layout.schedule.dose > 0).argmax())
        return float(self.urge[: max(first_dose, 1)].mean())


def _entries(
    trial: Trial, schedule: Schedule, answers: dict[str, Floats], rng: np.random.Generator
) -> Iterator[Entry]:
    """Yield what is entered each morning, period outcomes on the morning after a period."""
    period = schedule.period
    over = (period >= 0) & (np.append(period[1:], -1) != period)
    outcomes = {o.id: o for o in trial.protocol.outcomes}
    items = {name: item for name, item in trial.items.items() if name in answers}
    for t, night in enumerate(schedule.dates):
        instant = _at(night + _DAY, _MORNING, trial.zone)
        for name, item in items.items():
            answered = not np.isnan(answers[name][t])
            if answered and (over[t] or not _once_a_period(outcomes.get(name))):
                yield Entry(
                    id=rng.bytes(16).hex(),
                    received=instant,
                    instant=instant,
                    zone=trial.zone,
                    device="simulated",
                    night=night,
                    item=name,
                    value=_on_scale(answers[name][t], item),
                    late=False,
                )


def _once_a_period(outcome: Outcome | None) -> bool:
    return outcome is not None and outcome.schedule == "period"


def _on_scale(value: float, item: Item) -> float:
    whole = float(np.rint(value))
    return min(max(whole, item.minimum), item.maximum)


def _doses(trial: Trial, schedule: Schedule, swallowed: Flags) -> Iterator[DoseTaken]:
    """Yield one line for each planned dose; a forgotten one has no time and 0 capsules."""
    for night, taken in zip(schedule.calendar.nights, swallowed, strict=True):
        planned, mg = _planned(trial.protocol, night)
        if planned:
            yield DoseTaken(
                night=night.night,
                instant=_at(night.night, _BEDTIME, trial.zone) if taken else None,
                zone=trial.zone,
                pack=night.pack,
                capsules=planned * float(taken),
                mg=None if mg is None else mg * float(taken),
            )


def _planned(protocol: Protocol, night: CalendarNight) -> tuple[float, float | None]:
    """Return a night's capsules, one for each rung of the ladder, and its mg where that is open."""
    ladder = protocol.dose.ladder if protocol.dose else ()
    if night.step is not None:
        mg = protocol.phases.titration[night.step - 1].mg
        return ladder.index(mg) + 1.0, mg
    return night.capsules or 0.0, None


def _at(day: date, clock: time, zone: str) -> datetime:
    return datetime.combine(day, clock, ZoneInfo(zone)).astimezone(UTC)
