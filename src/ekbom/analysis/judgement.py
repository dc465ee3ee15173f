"""The word of the primary outcome: model, design, reports and sensitivities, each with a say."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from ekbom.analysis.decision import CANNOT_TELL, HELPS, OPPOSITE, WORSE, Word, model_word
from ekbom.analysis.estimate import Estimate, Setting
from ekbom.analysis.mixture import Mixture
from ekbom.analysis.observations import TooFewNightsError
from ekbom.analysis.randomisation_result import RandomisationResult
from ekbom.analysis.result import Check
from ekbom.analysis.sensitivity import Sensitivity
from ekbom.protocol.model import DecisionRule, Outcome

NONE = "none"


@dataclass(frozen=True, slots=True)
class Judgement:
    """A word and how it came about; see `OutcomeVerdict` for the fields."""

    word: Word
    model_word: Word
    because: tuple[str, ...]
    but_not: tuple[str, ...]
    checks: tuple[Check, ...]


def oriented(theta: Mixture, *, outcome: Outcome) -> Mixture:
    """Return the effect turned so that positive is better."""
    return theta.scaled(1.0 if outcome.direction == "higher" else -1.0)


def judge(
    *,
    setting: Setting,
    found: Estimate,
    randomisation: RandomisationResult,
    report_checks: Sequence[Check],
    gap: float | None,
    others: Sequence[Sensitivity],
    rule: DecisionRule,
) -> Judgement:
    """Return the word for the primary outcome (docs/method.md, "Decision rule").

    The model proposes a word; too few reports, too little learned, side effects that may have given
    the treatment away (``gap`` is by how much more nights on it had one), or a design that
    disagrees take it back; so does any sensitivity analysis that says the opposite.
    """
    turned = oriented(found.theta, outcome=setting.outcome)
    proposed = model_word(oriented=turned, mid=setting.outcome.mid, rule=rule)
    gates = [
        *report_checks,
        _learned(found, rule),
        *check_settled(found),
        *_revealed(gap, turned, setting, proposed, rule),
        *_design(randomisation, proposed, rule),
    ]
    runs = [_sensitivity(other, setting, proposed, rule) for other in others]
    because = [c.name for c in gates if c.effect_on_verdict == CANNOT_TELL]
    because += [r.check.name for r in runs if r.check.effect_on_verdict == CANNOT_TELL]
    word = CANNOT_TELL if because else proposed
    but_not = () if word == CANNOT_TELL else tuple(r.words for r in runs if r.another_word)
    checks = (*gates, *(r.check for r in runs))
    return Judgement(word, proposed, tuple(because), but_not, checks)


def _learned(found: Estimate, rule: DecisionRule) -> Check:
    passed = found.sd_ratio <= rule.max_sd_ratio
    effect = NONE if passed else CANNOT_TELL
    return Check("posterior_sd_over_prior_sd", found.sd_ratio, rule.max_sd_ratio, passed, effect)


def check_settled(found: Estimate) -> Iterator[Check]:
    """Yield a check if the computation did not reach its accuracy."""
    if not found.settled:
        yield Check("computation_settled", 0, 1, False, CANNOT_TELL)


def _revealed(
    gap: float | None, turned: Mixture, setting: Setting, proposed: Word, rule: DecisionRule
) -> Iterator[Check]:
    """Yield whether side effects may have given the treatment away, and what that asks for."""
    if gap is None:
        return
    bar, mid = rule.max_revealed_gap, setting.outcome.mid
    held = gap <= bar
    yield Check("revealing_side_effects_gap", gap, bar, held, NONE)
    if held or proposed not in (HELPS, WORSE):
        return
    beyond = turned.above(mid) if proposed == HELPS else turned.below(-mid)
    needed = rule.probability_mid_revealed
    effect = NONE if beyond >= needed else CANNOT_TELL
    yield Check("sure_although_revealed", beyond, needed, beyond >= needed, effect)


def _design(
    randomisation: RandomisationResult, proposed: Word, rule: DecisionRule
) -> Iterator[Check]:
    """Yield whether the randomisation test could and does agree with the model."""
    smallest = randomisation.smallest_p_one_sided
    if smallest is None:
        yield Check("randomisation_test_possible", None, None, False, CANNOT_TELL)
        return
    bar = rule.randomisation_p
    attainable = smallest <= bar
    yield Check("randomisation_p_attainable", smallest, bar, attainable, NONE)
    if proposed not in (HELPS, WORSE):
        return
    p = randomisation.p_benefit if proposed == HELPS else randomisation.p_harm
    agrees = p is not None and p <= bar
    effect = CANNOT_TELL if attainable and not agrees else NONE
    yield Check("randomisation_agrees", p, bar, agrees, effect)


@dataclass(frozen=True, slots=True)
class _Run:
    check: Check
    words: str
    another_word: bool = False


def _sensitivity(other: Sensitivity, setting: Setting, proposed: Word, rule: DecisionRule) -> _Run:
    """Run one other analysis and say whether the word would stand in it."""
    name = f"sensitivity_{other.name}"
    try:
        found = other.run()
    except TooFewNightsError:
        return _Run(Check(name, None, None, True, "none: too few nights to run it"), other.words)
    turned = oriented(found.theta, outcome=setting.outcome)
    better = turned.above(0.0)
    bar = rule.probability_better
    if not found.settled:
        return _Run(Check(name, better, bar, False, "none: it did not settle"), other.words)
    word = (
        _sign_word(better, proposed, rule)
        if other.sign_only
        else model_word(oriented=turned, mid=setting.outcome.mid, rule=rule)
    )
    if proposed in (CANNOT_TELL, word):
        effect = NONE
    elif OPPOSITE.get(proposed) == word:
        effect = CANNOT_TELL
    else:
        effect = f"but not if: it says {word}"
    check = Check(name, better, bar, effect == NONE, effect)
    return _Run(check, other.words, another_word=not check.passed)


def _sign_word(better: float, proposed: Word, rule: DecisionRule) -> Word:
    """Return the word on a scale on which only the sign and its probability compare."""
    if proposed not in (HELPS, WORSE):
        return proposed
    sure = max(better, 1.0 - better) >= rule.probability_better
    return (HELPS if better >= 0.5 else WORSE) if sure else CANNOT_TELL


def describe_answers(setting: Setting, found: Estimate) -> Iterator[Check]:
    """Yield what is worth knowing about the answers and changes no word."""
    outcome = setting.outcome
    answers = setting.value[setting.answered]
    for name, end in (("share_at_minimum", outcome.minimum), ("share_at_maximum", outcome.maximum)):
        yield Check(name, float(np.mean(answers == end)), None, True, NONE)
    if found.posterior is not None:
        overlap = found.posterior.tau_overlap()
        yield Check("onset_prior_posterior_overlap", overlap, None, True, NONE)
