"""People whom the treatment does nothing for, each difficult in another way.

A rule that calls chance a benefit must do so for none of them too often.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from ekbom.protocol.model import Outcome
from ekbom.simulation.participant import Participant, in_units_of, usual_of_ten
from ekbom.simulation.traits import (
    Drift,
    Expectation,
    Flares,
    Missing,
    Nights,
    Stopping,
    Week,
)

_HARD_FLARES = Flares(share=0.25, points_worse=2.0, nights=10.0)


def hard_people(outcome: Outcome) -> Mapping[str, Participant]:
    """Return participants without any effect, by name, in the outcome's units.

    Each differs from the usual one (`usual_of_ten`) in what its name says; the figures are our
    assumptions, chosen to be hard.
    """
    usual = usual_of_ten(tau=2.0)
    plain = Participant(beta=0.0)
    people = {
        "usual": usual,
        "plain": plain,
        "independent nights": replace(usual, nights=Nights(rho=0.0)),
        "long waves": replace(usual, nights=Nights(rho=0.8)),
        "long waves and flares": replace(usual, nights=Nights(rho=0.8), flares=_HARD_FLARES),
        "flares": replace(usual, flares=_HARD_FLARES),
        "getting better": replace(usual, drift=Drift(straight=-3.0)),
        "getting worse": replace(usual, drift=Drift(straight=3.0)),
        "wandering": replace(usual, drift=Drift(walk=0.15)),
        "uneven nights": replace(usual, nights=Nights(sd=2.5)),
        "even nights": replace(usual, nights=Nights(sd=0.8)),
        "mild symptoms": replace(usual, level=1.5),
        "bad weekends": replace(usual, week=Week(weekend=1.5)),
        "strong placebo response": replace(usual, expectation=Expectation(points_better=3.0)),
        "missing after bad nights": replace(usual, missing=Missing(share=0.15, after_bad=0.1)),
        "stops early": replace(usual, stopping=Stopping(chance=0.3)),
    }
    return {name: in_units_of(outcome, person) for name, person in people.items()}
