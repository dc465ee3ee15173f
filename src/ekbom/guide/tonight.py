"""What to do now, whatever moment of a trial it is; a pure function of the folder and the clock."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from ekbom.guide.missing import Gap, gaps_of
from ekbom.guide.place import Place
from ekbom.guide.situation import situation_of
from ekbom.guide.steps import Step, steps_of
from ekbom.safety.tolerability import Advice
from ekbom.trial.folder import Trial


@dataclass(frozen=True, slots=True, kw_only=True)
class Tonight:
    """Which night it is, where in the trial it lies, what to do and what is still missing.

    ``current`` is the night that the clock is in; ``night`` the one whose evening is meant, from
    the morning on the coming one.  ``steps`` are in the order in which they matter.  ``advice`` is
    what the registered plan says about complaints, ``None`` where nothing is swallowed.
    """

    current: date
    night: date
    place: Place
    steps: tuple[Step, ...]
    missing: tuple[Gap, ...]
    advice: Advice | None

    def step(self, name: str) -> Step | None:
        """Return the first step with this id, ``None`` if there is none."""
        return next((step for step in self.steps if step.id == name), None)


def tonight(*, trial: Trial, now: datetime) -> Tonight:
    """Return what to do at ``now`` (aware), and what is missing.

    It reads no file, knows no allocation and waits without harm: asked later, or never, nothing is
    lost.
    """
    here = situation_of(trial=trial, now=now)
    return Tonight(
        current=here.current,
        night=here.night,
        place=here.place,
        steps=steps_of(here),
        missing=gaps_of(here),
        advice=here.advice,
    )
