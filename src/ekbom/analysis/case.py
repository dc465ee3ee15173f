"""A trial with the blind lifted, as every outcome of it is judged."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import numpy as np

from ekbom.analysis.decision import Probability, probability_of
from ekbom.analysis.mixture import Mixture
from ekbom.analysis.randomisation_reference import ReferenceSet
from ekbom.analysis.result import SideEffects
from ekbom.analysis.schedule import Flags, Schedule
from ekbom.protocol.model import DecisionRule, Outcome
from ekbom.trial.folder import Trial

NOT_DRAWN = "the order of treatments was not drawn by chance"


NO_REPORTS = "there are no analysed reports"


ONE_SIDED = "the plan analyses no night of one of the two treatments"


@dataclass(frozen=True, slots=True)
class Case:
    """A trial with the blind lifted; ``until`` cuts it at a look.

    ``left_out`` counts the answers that came after the opening, which are not in ``trial``.
    """

    trial: Trial
    schedule: Schedule
    reference: ReferenceSet | None
    side_effects: SideEffects
    rule: DecisionRule
    until: date | None
    left_out: int = 0

    def usable(self) -> Flags:
        """Return the nights whose reports may be analysed."""
        schedule = self.schedule
        before = np.array([self.until is None or d <= self.until for d in schedule.dates])
        found: Flags = schedule.randomised & schedule.analysed & ~schedule.known & before
        return found


def further_probabilities(turned: Mixture, outcome: Outcome) -> dict[float, Probability]:
    """Return the probabilities at the other differences at which an outcome is shown too."""
    return {mid: probability_of(oriented=turned, mid=mid) for mid in outcome.mid_also}
