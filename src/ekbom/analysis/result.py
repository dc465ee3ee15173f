"""What a verdict consists of."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

from ekbom.analysis.decision import Probability, Word
from ekbom.analysis.randomisation_result import RandomisationResult
from ekbom.analysis.schedule import Schedule
from ekbom.protocol.model import Outcome
from ekbom.trial.folder import Trial

if TYPE_CHECKING:
    from ekbom.analysis.guesses import GuessSummary
    from ekbom.analysis.mixture import Mixture


@dataclass(frozen=True, slots=True)
class Effect:
    """Treatment minus reference in the outcome's unit, with its 95 % credible interval."""

    mean: float
    sd: float
    interval95: tuple[float, float]
    unit: str
    direction: str

    @classmethod
    def of(cls, found: Mixture, *, outcome: Outcome) -> Effect:
        """Return mean, sd and 95 % interval of a posterior in the outcome's unit."""
        interval = (found.quantile(0.025), found.quantile(0.975))
        return cls(found.mean, found.sd, interval, outcome.unit, outcome.direction)


@dataclass(frozen=True, slots=True)
class NightCounts:
    """Where the planned randomised nights went; the last four add up to ``planned``.

    For an outcome that is asked once a period these are periods.
    """

    planned: int
    analysed: int
    unanalysed: int
    missing: int
    excluded: int


@dataclass(frozen=True, slots=True)
class Check:
    """Something that could overturn the verdict: its number, its bar, and what it did."""

    name: str
    value: float | None
    threshold: float | None
    passed: bool
    effect_on_verdict: str


@dataclass(frozen=True, slots=True)
class PeriodSummary:
    """The analysed answers of one period; mean and sd are ``None`` where there are too few."""

    period: int
    block: int | None
    treatment: str
    first: date
    last: date
    reports: int
    mean: float | None
    sd: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class OutcomeVerdict:
    """What the data say about one outcome.

    ``verdict`` is ``None`` for secondary outcomes, ``model_word`` what the model alone would say;
    ``because`` lists why the word is `cannot tell yet` although the model says another, ``but_not``
    the analyses in which it would be another.  ``effect`` is ``None`` where there is too little to
    estimate; ``reason`` says why.  ``further`` holds the probabilities at further MIDs and
    ``impressions`` the count of each level of an impression of change, by treatment.
    """

    outcome: Outcome
    effect: Effect | None
    effect_full_exposure: Effect | None
    probability: Probability | None
    randomisation: RandomisationResult
    nights: NightCounts
    checks: tuple[Check, ...]
    verdict: Word | None
    model_word: Word | None = None
    because: tuple[str, ...] = ()
    but_not: tuple[str, ...] = ()
    reason: str | None = None
    theta: Mixture | None = None
    further: Mapping[float, Probability] | None = None
    impressions: Mapping[str, Mapping[int, int]] | None = None
    periods: tuple[PeriodSummary, ...] = ()


@dataclass(frozen=True, slots=True)
class Complaints:
    """One side effect on one treatment, over all its randomised nights."""

    treatment: str
    reported: int
    present: int
    worst: float | None


@dataclass(frozen=True, slots=True)
class SideEffectSummary:
    """One side effect on both treatments, before them, and whether chance explains the difference.

    ``difference`` is the share of reported nights with it, treatment minus reference.
    """

    id: str
    treatments: tuple[Complaints, ...]
    titration: Complaints
    difference: float | None
    p: float | None
    few_data: bool


@dataclass(frozen=True, slots=True)
class Incidents:
    """Holds, step-downs, early ends and emergencies, counted by the treatment of their night."""

    treatment: str
    holds: int
    step_downs: int
    ends: int
    emergencies: int


@dataclass(frozen=True, slots=True)
class SideEffects:
    """All side effects of a trial."""

    items: tuple[SideEffectSummary, ...]
    incidents: tuple[Incidents, ...]


@dataclass(frozen=True, slots=True)
class Looks:
    """Looks at the data before the end."""

    declared: int
    taken: int
    unplanned: int


@dataclass(frozen=True, slots=True)
class DosesTaken:
    """How many randomised nights had their dose as planned."""

    planned: int
    full: int
    partial: int
    left_out: int
    unrecorded: int
    mg: float | None


@dataclass(frozen=True, slots=True)
class TrialVerdict:
    """Everything a trial says; ``guesses`` is ``None`` where nobody was asked to guess."""

    trial: Trial
    schedule: Schedule
    outcomes: Mapping[str, OutcomeVerdict]
    side_effects: SideEffects
    looks: Looks
    doses: DosesTaken
    guesses: GuessSummary | None = None
