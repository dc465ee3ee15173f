"""The decision rule: from an oriented posterior and the randomisation test to a word."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ekbom.protocol.model import DecisionRule

if TYPE_CHECKING:
    # SciPy behind it is slow to import, and the words above are needed by pages that never fit.
    from ekbom.analysis.mixture import Mixture

Word = Literal["helps", "makes it worse", "no worthwhile difference", "cannot tell yet"]

HELPS: Word = "helps"
WORSE: Word = "makes it worse"
NO_DIFFERENCE: Word = "no worthwhile difference"
CANNOT_TELL: Word = "cannot tell yet"

WORDS: tuple[Word, ...] = (HELPS, WORSE, NO_DIFFERENCE, CANNOT_TELL)

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
    place = model_words(
        better=found.better,
        worse=oriented.below(0.0),
        benefit=found.benefit,
        harm=found.harm,
        negligible=found.negligible,
        rule=rule,
    )
    return WORDS[int(place)]


def model_words(
    *,
    better: ArrayLike,
    worse: ArrayLike,
    benefit: ArrayLike,
    harm: ArrayLike,
    negligible: ArrayLike,
    rule: DecisionRule,
) -> NDArray[np.int8]:
    """Return the place in `WORDS` of the word that the model alone would say.

    The probabilities (of any benefit, any harm, each beyond the MID, and neither) are numbers, or
    arrays with one place for each of many trials; so is what is returned.
    """
    sure, beyond = rule.probability_better, rule.probability_mid
    helps = (np.asarray(better) >= sure) & (np.asarray(benefit) >= beyond)
    harms = (np.asarray(worse) >= sure) & (np.asarray(harm) >= beyond)
    nothing = np.asarray(negligible) >= rule.probability_negligible
    return np.select([helps, harms, nothing], [0, 1, 2], 3).astype(np.int8)
