"""A verdict in plain words; every text that a person reads about a result is made here."""

from __future__ import annotations

import math

from ekbom.analysis.decision import CANNOT_TELL, HELPS, NO_DIFFERENCE, WORSE
from ekbom.analysis.result import Check, Incidents, OutcomeVerdict, TrialVerdict
from ekbom.protocol.model import Outcome

_NOTICE = (
    "ekbom keeps your own records and does the statistics of your own comparison. It does not "
    "diagnose, treat, monitor or prevent any disease, and it gives no dosing advice. Magnesium "
    "supplements are not approved to treat restless legs. Agree your plan with a doctor or a "
    "pharmacist."
)

_BECAUSE = {
    "too_few_nights": "there are too few different answers to learn from",
    "pairs_with_enough_reports": "too few pairs have enough analysed reports in both periods",
    "missing_share": "too many of the analysed nights have no report",
    "reported_share_gap": "reports are missing far more often on one of the two",
    "posterior_sd_over_prior_sd": "the nights taught too little",
    "randomisation_test_possible": "the order was not drawn by chance, or only one was possible",
    "randomisation_agrees": "model and design disagree: by the randomisation test alone the "
    "difference could be chance",
}

_CHECKS = {
    "pairs_with_enough_reports": "Pairs with enough analysed reports in both periods",
    "missing_share": "Share of analysed nights without a report",
    "reported_share_gap": "Difference in reported share between the two",
    "posterior_sd_over_prior_sd": "What is still unknown, as a share of what was unknown before",
    "randomisation_test_possible": "A randomisation test is possible",
    "randomisation_p_attainable": "Smallest one-sided p that this design can reach",
    "randomisation_agrees": "One-sided p of the randomisation test, in the model's direction",
    "share_at_minimum": "Share of answers at the lowest end of the scale",
    "share_at_maximum": "Share of answers at the highest end of the scale",
    "onset_prior_posterior_overlap": "How little the data say about onset speed (1: nothing)",
    "unplanned_looks": "Unplanned looks at the data before the end",
    "stopped_early": "Stopped early for a reason that may hang on the treatment",
    "periods_interrupted": "Periods with a long pause that could not be run again",
    "nights_after_unblinding": "Nights left out because the allocation was known",
    "blinded": "Blinded (1 yes, 0 no)",
    "complete_pairs": "Complete pairs of reports",
}

_SENSITIVITIES = {
    "slow_onset": "Probability of any benefit if the onset were slower",
    "all_nights": "Probability of any benefit with the first nights of each period",
    "as_taken_unrecorded_taken": "Probability of any benefit by doses taken (unrecorded: taken)",
    "as_taken_unrecorded_not_taken": "Probability of any benefit by doses taken (unrecorded: not)",
    "quadratic_trend": "Probability of any benefit if symptoms drifted in a bend",
    "interval_censored": "Probability of any benefit with ratings as steps of a hidden scale",
    "log_minutes": "Probability of any benefit on the logarithm of minutes",
    "missing_against_treatment": "Probability of any benefit if missing nights spoke against it",
    "nights_after_unblinding_kept": "Probability of any benefit with the nights after unblinding",
    "nights_after_incidents_dropped": "Probability of any benefit without the nights after "
    "a period's treatment became known",
}


def notice() -> str:
    """Return what ekbom is and is not, for every page."""
    return _NOTICE


def amount(value: float, outcome: Outcome) -> str:
    """Return a difference without its sign, rounded to a tenth of the MID, with its unit."""
    return f"{abs(value):.{_digits(outcome)}f} {outcome.unit}"


def number(value: float, outcome: Outcome) -> str:
    """Return a value with its sign, rounded to a tenth of the MID."""
    text = f"{value:.{_digits(outcome)}f}"
    return text.replace("-", "\N{MINUS SIGN}")


def percent(probability: float) -> str:
    """Return a probability in whole percents, never as certain."""
    if probability > 0.995:
        return "over 99 %"
    if probability < 0.005:
        return "under 1 %"
    return f"{100 * probability:.0f} %"


def p_value(p: float) -> str:
    """Return a p value with two figures that matter."""
    return "under .0001" if p < 0.0001 else f"{p:.2g}".removeprefix("0")


def sentence(verdict: TrialVerdict, outcome: OutcomeVerdict) -> str:
    """Return what the trial says about one outcome, in words that end with what they are about."""
    if outcome.impressions is not None:
        return _impressions(verdict, outcome)
    said = [_headline(verdict, outcome), *_remarks(verdict, outcome)]
    return " ".join([*said, f"{_numbers(verdict, outcome)}, {_scope(verdict)}."])


def check_words(check: Check) -> str:
    """Return what a check looked at, in words."""
    name = check.name.removeprefix("sensitivity_")
    if name == check.name:
        return _CHECKS[name]
    if name.startswith("effect_prior_"):
        return f"Probability of any benefit with another prior for the effect ({name[13:]})"
    if name.startswith("first_"):
        nights = name.split("_")[1]
        return f"Probability of any benefit without the first {nights} nights of each period"
    return _SENSITIVITIES[name]


def firmer(verdict: TrialVerdict, outcome: OutcomeVerdict) -> tuple[str, ...]:
    """Return what would make the answer firmer, most useful first."""
    protocol = verdict.trial.protocol
    ways = []
    if "missing_share" in outcome.because or "reported_share_gap" in outcome.because:
        ways.append("Answer on more nights; a night skipped on one side only weighs double.")
    if outcome.verdict == CANNOT_TELL:
        ways.append("More pairs of periods: twice as many narrow the interval by about a third.")
    if outcome.randomisation.p is None:
        ways.append("Let chance draw the order of treatments before the start.")
    elif any(c.name == "randomisation_p_attainable" and not c.passed for c in outcome.checks):
        ways.append("Five pairs or more, so that the randomisation test can confirm the model.")
    if protocol.blinding == "open":
        ways.append("Blinding: have someone else pack capsules that look the same.")
    if "sensitivity_slow_onset" in {c.name for c in outcome.checks if not c.passed}:
        ways.append("Longer periods, if the effect comes slowly.")
    return tuple(ways)


def _headline(verdict: TrialVerdict, outcome: OutcomeVerdict) -> str:
    name = _capital(verdict.trial.protocol.treatment.label)
    if outcome.outcome.role == "secondary":
        others = sum(o.role == "secondary" for o in verdict.trial.protocol.outcomes)
        return f"One of {others} secondary outcomes, not adjusted for their number."
    tail = _but_not(outcome)
    if outcome.verdict == HELPS:
        return f"{name} helps{_harms(verdict)}{tail}."
    if outcome.verdict == WORSE:
        return f"{name} makes it worse{tail}."
    if outcome.verdict == NO_DIFFERENCE:
        return f"{name} makes no worthwhile difference{tail}."
    return f"Cannot tell yet{_why(outcome)}."


def _remarks(verdict: TrialVerdict, outcome: OutcomeVerdict) -> list[str]:
    remarks = []
    if outcome.verdict in (HELPS, WORSE) and any(
        c.name == "randomisation_p_attainable" and not c.passed for c in outcome.checks
    ):
        remarks.append("This design is too small for the randomisation test to confirm the model.")
    if verdict.looks.unplanned:
        times = "once" if verdict.looks.unplanned == 1 else f"{verdict.looks.unplanned} times"
        remarks.append(
            f"The data were looked at {times} before the end without a plan, "
            "so the stated error rates no longer hold."
        )
    if verdict.trial.protocol.blinding == "open" and outcome.verdict in (HELPS, WORSE):
        remarks.append("The trial was open, so expectation may be part of this.")
    return remarks


def _why(outcome: OutcomeVerdict) -> str:
    if not outcome.because:
        return ": the effect is not known well enough"
    reasons = []
    for name in outcome.because:
        if name.startswith("sensitivity_"):
            reasons.append(
                f"another fair analysis says the opposite ({name[12:].replace('_', ' ')})"
            )
        elif name == "randomisation_test_possible" and outcome.randomisation.reason:
            reasons.append(outcome.randomisation.reason)
        else:
            reasons.append(_BECAUSE[name])
    return ", because " + "; ".join(reasons)


def _but_not(outcome: OutcomeVerdict) -> str:
    return f", but not {_list(outcome.but_not, 'or')}" if outcome.but_not else ""


def _harms(verdict: TrialVerdict) -> str:
    """Return the holds, early ends and emergencies on the treatment, for the same sentence."""
    name = verdict.trial.protocol.treatment.name
    found = next(i for i in verdict.side_effects.incidents if i.treatment == name)
    parts = tuple(text for text in _incident_texts(found) if text)
    return f", with {_list(parts, 'and')} on it" if parts else ""


def _incident_texts(found: Incidents) -> tuple[str, ...]:
    return (
        _times(found.holds, "hold for side effects", "holds for side effects"),
        _times(found.ends, "end for side effects", "ends for side effects"),
        _times(found.emergencies, "emergency", "emergencies"),
    )


def _times(count: int, one: str, many: str) -> str:
    return "" if not count else f"{count} {one if count == 1 else many}"


def _numbers(verdict: TrialVerdict, found: OutcomeVerdict) -> str:
    outcome = found.outcome
    protocol = verdict.trial.protocol
    if found.effect is None or found.probability is None:
        return f"{_capital(_short(outcome))}: {found.reason or 'nothing to estimate'}"
    least = protocol.decision.min_period_pairs
    if outcome.schedule == "period" and any(not c.passed for c in found.checks):
        return f"{_capital(_short(outcome))}: fewer than {least} complete pairs, too few for words"
    low, high = found.effect.interval95
    return (
        f"{_capital(_short(outcome))}: {_side(found.effect.mean, outcome)} on "
        f"{protocol.treatment.label} than on {protocol.reference.label} (95 % interval from "
        f"{_side(low, outcome)} to {_side(high, outcome)}; probability of a benefit of more than "
        f"{amount(outcome.mid, outcome)}: {percent(found.probability.benefit)}, of harm as large: "
        f"{percent(found.probability.harm)})"
    )


def _scope(verdict: TrialVerdict) -> str:
    nights = verdict.trial.protocol.design.period_nights
    return f"at this dose, after periods of {nights} night{'' if nights == 1 else 's'}"


def _impressions(verdict: TrialVerdict, found: OutcomeVerdict) -> str:
    protocol = verdict.trial.protocol
    parts = []
    for treatment in (protocol.treatment, protocol.reference):
        levels = (found.impressions or {}).get(treatment.name, {})
        counts = ", ".join(f"{level} ({n} times)" for level, n in levels.items()) or "no answer"
        parts.append(f"on {treatment.label}: {counts}")
    return f"{_capital(_short(found.outcome))}, {'; '.join(parts)}, {_scope(verdict)}."


def _side(value: float, outcome: Outcome) -> str:
    return f"{amount(value, outcome)} {'higher' if value > 0 else 'lower'}"


def _short(outcome: Outcome) -> str:
    return outcome.id.replace("_", " ")


def _list(parts: tuple[str, ...], word: str) -> str:
    if len(parts) < 2:
        return "".join(parts)
    return f"{', '.join(parts[:-1])} {word} {parts[-1]}"


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def _digits(outcome: Outcome) -> int:
    return max(0, 1 - math.floor(math.log10(outcome.mid)))
