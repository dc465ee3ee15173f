"""The decision rule: from an oriented posterior and the randomisation test to a word."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from ekbom.analysis.mixture import Mixture
from ekbom.protocol.model import DecisionRule

Word = Literal["helps", "makes it worse", "no worthwhile difference", "cannot tell yet"]

HELPS: Word = "helps"
WORSE: Word = "makes it worse"
NO_DIFFERENCE: Word = "no worthwhile difference"
CANNOT_TELL: Word = "cannot tell yet"

OPPOSITE: dict[Word, Word] = {HELPS: WORSE, WORSE: HELPS}


@dataclass(frozen=True, slots=True)
class Probability:
    """Probabilities about the effect: better by more than the MID, worse by more than it, neither.

    ``better`` is the probability of any improvement at all.
    """

    benefit: float
    harm: float
    negligible: float
    better: float


def probability_of(*, oriented: Mixture, mid: float) -> Probability:
    """Return the probabilities of an effect that is oriented so that positive is better."""
    return Probability(
        benefit=oriented.above(mid),
        harm=oriented.below(-mid),
        negligible=oriented.between(-mid, mid),
        better=oriented.above(0.0),
    )


def model_word(*, oriented: Mixture, mid: float, rule: DecisionRule) -> Word:
    """Return the word that the model alone would say (docs/method.md, "Decision rule")."""
    found = probability_of(oriented=oriented, mid=mid)
    if found.better >= rule.probability_better and found.benefit >= rule.probability_mid:
        return HELPS
    if oriented.below(0.0) >= rule.probability_better and found.harm >= rule.probability_mid:
        return WORSE
    if found.negligible >= rule.probability_negligible:
        return NO_DIFFERENCE
    return CANNOT_TELL
