"""A virtual participant with restless legs who runs a whole trial; the truth is known."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np

from ekbom.analysis.exposure import Floats, exposure
from ekbom.analysis.schedule import Flags, Schedule, lay_out
from ekbom.design.calendar import CalendarNight
from ekbom.diary.diary import DoseTaken
from ekbom.diary.entries import Entry
from ekbom.diary.items import Item
from ekbom.protocol.files import built_in
from ekbom.protocol.model import Outcome, Protocol
from ekbom.trial.blinding import blinding_of
from ekbom.trial.create import register_trial
from ekbom.trial.folder import Trial
from ekbom.trial.log import log_event, record_diary
from ekbom.trial.randomise import Screening, randomise

_DAY = timedelta(days=1)
_FORENOON, _MORNING, _BEDTIME = time(10), time(7, 30), time(21, 30)
_DEMONSTRATED = date(2025, 1, 6)
_NOBODY = "nobody: this trial is simulated"


@dataclass(frozen=True, slots=True, kw_only=True)
class Truth:
    """What is true of a virtual participant, in points of the strongest urge (0-10) and in nights.

    Raises ValueError for a share outside 0 to 1, a negative sd or tau, or ``rho`` outside -1 to 1.
    """

    beta: float
    """Effect at full exposure, treatment minus reference, points; negative is better."""
    tau: float = 1.5
    """Onset and offset time, nights; 0 at once."""
    level: float = 5.0
    """Mean urge without treatment in the middle of the randomised part, points."""
    trend: float = 0.0
    """Change over the randomised part, the same before it, points."""
    sd: float = 1.8
    """Standard deviation from night to night, points."""
    rho: float = 0.4
    """Correlation of one night with the next."""
    missing: float = 0.05
    """Share of nights on which nothing is answered, at random."""
    forgotten: float = 0.03
    """Share of doses left out, at random; they are noted as 0 capsules."""
    loose_stools: float = 0.3
    """Loose stools a day that full exposure adds to 0.05 without."""

    def __post_init__(self) -> None:
        shares = (self.missing, self.forgotten)
        if not all(0 <= s <= 1 for s in shares) or min(self.sd, self.tau, self.loose_stools) < 0:
            raise ValueError(
                "shares lie between 0 and 1; sd, tau and loose_stools are not negative"
            )
        if not -1 < self.rho < 1:
            raise ValueError(f"rho {self.rho:g} is not between -1 and 1")


@dataclass(frozen=True, slots=True)
class _Lived:
    """What the participant lives through: exposure, latent urge and doses taken, shapes (T,)."""

    schedule: Schedule
    level: Floats
    urge: Floats
    taken: Flags


def simulate_trial(
    *,
    path: Path,
    protocol: Protocol,
    truth: Truth,
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
    truth
        What is true of the participant.
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
    urge_t = level + trend x_t + beta e_t + u_t, x_t from -1/2 to 1/2 over the randomised part, e_t
    the exposure to the doses that were really taken, u_t an AR(1) with sd and rho; the answer is
    urge_t rounded and cut to the scale.  All other answers follow from urge_t and e_t with noise of
    their own: ratings in proportion to it, minutes in steps of five that grow with it, the IRLS
    total as four times its mean over the recall, and loose stools as a count that grows with the
    exposure.  These are made up to look plausible, and nothing rests on them.
    """
    if protocol.dose is None or "urge" not in {o.id for o in protocol.outcomes}:
        raise ValueError("a virtual participant needs a dose ladder and the outcome 'urge'")
    trial = _until_packs_are_ready(path, protocol, rng, start, zone)
    lived = _live(truth, _schedule(trial), rng)
    entries = list(_entries(trial, lived, _answers(truth, lived, protocol, rng), truth, rng))
    after = _at(trial.calendar().last + 2 * _DAY, _MORNING, trial.zone)
    doses = list(_doses(trial, lived))
    return record_diary(path=trial.path, entries=entries, doses=doses, now=after)


def demonstration(*, path: Path, zone: str, rng: np.random.Generator) -> tuple[Trial, str]:
    """Let a participant whom magnesium helps run the fast protocol, and say what is true of them.

    Raises as `simulate_trial` does.
    """
    truth = Truth(beta=-2.0)
    trial = simulate_trial(
        path=path,
        protocol=built_in("magnesium-rls-fast"),
        truth=truth,
        rng=rng,
        start=_DEMONSTRATED,
        zone=zone,
    )
    shown = true_effect(trial=trial, truth=truth)
    return trial, (
        "The truth, which only a simulation knows: over this schedule magnesium lowers the "
        f"strongest urge by {-shown:.1f} points ({-truth.beta:.1f} at full exposure, with an onset "
        f"time of {truth.tau:g} nights)."
    )


def true_effect(*, trial: Trial, truth: Truth) -> float:
    """Return theta, the effect that this trial's schedule shows: beta D(tau), points.

    It is the mean difference between treatment and reference nights had no dose been forgotten.
    """
    return truth.beta * float(_schedule(trial).contrast(np.array([truth.tau]))[0])


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


def _schedule(trial: Trial) -> Schedule:
    treatments = blinding_of(trial).open(trial=trial).treatments
    return lay_out(trial=trial, calendar=trial.calendar(), treatments=treatments)


def _live(truth: Truth, schedule: Schedule, rng: np.random.Generator) -> _Lived:
    nights = len(schedule.dose)
    taken = rng.random(nights) >= truth.forgotten
    level = exposure(schedule.dose * taken, tau=truth.tau)
    steps = truth.sd * rng.standard_normal(nights)
    drift = np.empty(nights)
    drift[0] = steps[0]
    for t in range(1, nights):
        drift[t] = truth.rho * drift[t - 1] + np.sqrt(1 - truth.rho**2) * steps[t]
    urge = truth.level + truth.trend * schedule.trend + truth.beta * level + drift
    return _Lived(schedule, level, urge, taken)


def _answers(
    truth: Truth, lived: _Lived, protocol: Protocol, rng: np.random.Generator
) -> dict[str, Floats]:
    """Return the answers to the items that a virtual participant knows, shapes (T,), unrounded."""
    urge, nights = lived.urge, len(lived.urge)
    above = np.maximum(urge, 0.0)
    late, awake = np.exp(0.35 * rng.standard_normal((2, nights)))
    complaint = rng.integers(1, 4, (3, nights)) * (rng.random((3, nights)) < 0.04)
    return {
        "urge": urge,
        "sensations": 0.9 * urge + rng.standard_normal(nights),
        "cramps": 0.7 * urge + rng.standard_normal(nights),
        "sleep_quality": 9 - 0.6 * urge + rng.standard_normal(nights),
        "calm": 8 - 0.4 * urge + rng.standard_normal(nights),
        "minutes_to_sleep": 5 * np.rint((2 + 0.8 * above) * late),
        "minutes_awake": 5 * np.rint(np.maximum(above - 1, 0.0) * awake),
        "irls_total": 4 * _recalled(lived, protocol, "irls_total"),
        "impression": 4 + (_recalled(lived, protocol, "impression") - _before(lived)) / 1.5,
        "loose_stools": rng.poisson(0.05 + truth.loose_stools * lived.level).astype(float),
        **dict(zip(("nausea", "belly_pain", "other_complaint"), complaint, strict=True)),
    }


def _recalled(lived: _Lived, protocol: Protocol, name: str) -> Floats:
    """Return the mean urge over the nights that an answer given each morning would look back on."""
    recall = next((o.recall_nights or 1 for o in protocol.outcomes if o.id == name), 1)
    sums = np.concatenate([[0.0], np.cumsum(lived.urge)])
    ends = np.arange(1, len(lived.urge) + 1)
    firsts = np.maximum(ends - recall, 0)
    found: Floats = (sums[ends] - sums[firsts]) / (ends - firsts)
    return found


def _before(lived: _Lived) -> float:
    """Return the mean urge of the nights before the first open dose, or of the first if none."""
    first_dose = int((lived.schedule.dose > 0).argmax())
    return float(lived.urge[: max(first_dose, 1)].mean())


def _entries(
    trial: Trial,
    lived: _Lived,
    answers: dict[str, Floats],
    truth: Truth,
    rng: np.random.Generator,
) -> Iterator[Entry]:
    """Yield what is entered each morning, period outcomes on the morning after a period."""
    period = lived.schedule.period
    over = (period >= 0) & (np.append(period[1:], -1) != period)
    outcomes = {o.id: o for o in trial.protocol.outcomes}
    items = {name: item for name, item in trial.items.items() if name in answers}
    for t, night in enumerate(lived.schedule.dates):
        if rng.random() < truth.missing:
            continue
        instant = _at(night + _DAY, _MORNING, trial.zone)
        for name, item in items.items():
            if over[t] or not _once_a_period(outcomes.get(name)):
                value = _on_scale(answers[name][t], item)
                yield Entry(
                    id=rng.bytes(16).hex(),
                    received=instant,
                    instant=instant,
                    zone=trial.zone,
                    device="simulated",
                    night=night,
                    item=name,
                    value=value,
                    late=False,
                )


def _once_a_period(outcome: Outcome | None) -> bool:
    return outcome is not None and outcome.schedule == "period"


def _on_scale(value: float, item: Item) -> float:
    whole = float(np.rint(value))
    return min(max(whole, item.minimum), item.maximum)


def _doses(trial: Trial, lived: _Lived) -> Iterator[DoseTaken]:
    """Yield one line for each planned dose; a forgotten one has no time and 0 capsules."""
    for night, taken in zip(lived.schedule.calendar.nights, lived.taken, strict=True):
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
