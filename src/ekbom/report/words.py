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
    "computation_settled": "the computation did not reach its accuracy",
    "randomisation_test_possible": "the order was not drawn by chance, or only one was possible",
    "sure_although_revealed": "side effects may have given the treatment away, and then an effect "
    "must be clearer than this",
    "randomisation_agrees": "model and design disagree: by the randomisation test alone the "
    "difference could be chance",
}

_CHECKS = {
    "pairs_with_enough_reports": "Pairs with enough analysed reports in both periods",
    "missing_share": "Share of analysed nights without a report",
    "reported_share_gap": "Difference in reported share between the two",
    "posterior_sd_over_prior_sd": "What is still unknown, as a share of what was unknown before",
    "computation_settled": "The computation reached its accuracy (1 yes, 0 no)",
    "revealing_side_effects_gap": "By how much more nights on the treatment had a side effect "
    "that can give it away (share)",
    "sure_although_revealed": "Probability of more than the MID, where side effects may have "
    "given the treatment away",
    "randomisation_test_possible": "A randomisation test is possible",
    "randomisation_p_attainable": "Smallest one-sided p that this design can reach",
    "randomisation_agrees": "One-sided p of the randomisation test, in the model's direction",
    "share_at_minimum": "Share of answers at the lowest end of the scale",
    "share_at_maximum": "Share of answers at the highest end of the scale",
    "onset_prior_posterior_overlap": "How little the data say about onset speed (1: nothing)",
    "unplanned_looks": "Unplanned looks at the data before the end",
    "stopped_early": "Stopped early for a reason that may hang on the treatment",
    "calendar_events_written_late": "Pauses or ends of periods written down days after the fact",
    "periods_interrupted": "Periods with a long pause that could not be run again",
    "nights_after_unblinding": "Nights left out because the allocation was known",
    "blinded": "Blinded (1 yes, 0 no)",
    "complete_pairs": "Complete pairs of reports",
    "recall_within_analysed_nights": "Reports left out because their recall reached further back "
    "than the analysed nights",
}

_FAILED = {
    "randomisation_test_possible": "No randomisation test is possible",
    "randomisation_p_attainable": "This design is too small for the randomisation test to confirm "
    "the model; its smallest one-sided p",
    "computation_settled": "The computation did not reach its accuracy (1 yes, 0 no)",
    "blinded": "Not blinded: the person knew what they took (1 blinded, 0 not)",
}
"""Checks whose failure is better said than named."""

_SENSITIVITIES = {
    "slow_onset": "if the onset were slower",
    "all_nights": "with the first nights of each period",
    "as_taken_unrecorded_taken": "by the doses taken, unrecorded ones counted as taken",
    "as_taken_unrecorded_not_taken": "by the doses taken, unrecorded ones counted as not taken",
    "quadratic_trend": "if symptoms drifted in a bend",
    "interval_censored": "with ratings as steps of a hidden scale",
    "log_minutes": "on the logarithm of minutes",
    "missing_against_treatment": "if missing nights spoke against the treatment",
    "nights_after_unblinding_kept": "with the nights after the allocation was opened",
    "nights_after_incidents_dropped": "without the nights after a period's treatment became known",
}
"""What each sensitivity analysis assumes, to follow "Probability of any benefit" or stand alone."""


def notice() -> str:
    """Return what ekbom is and is not, for every page."""
    return _NOTICE


def amount(value: float, outcome: Outcome) -> str:
    """Return a difference without its sign, rounded to a tenth of the MID, with its unit."""
    text = f"{abs(value):.{_digits(outcome)}f}"
    return f"{text} {outcome.unit.removesuffix('s') if text == '1' else outcome.unit}"


def number(value: float, outcome: Outcome) -> str:
    """Return a value with its sign, rounded to a tenth of the MID."""
    text = f"{value:.{_digits(outcome)}f}"
    return text.replace("-", "\N{MINUS SIGN}")


def percent(probability: float) -> str:
    """Return a probability in whole percents, never as certain."""
    if probability >= 0.99:
        return "over 99 %" if probability > 0.99 else "99 %"
    if probability <= 0.01:
        return "under 1 %" if probability < 0.01 else "1 %"
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
    """Return what a check looked at, in words; for some, what it means that it failed."""
    if not check.passed and check.name in _FAILED:
        return _FAILED[check.name]
    if check.name in _CHECKS:
        return _CHECKS[check.name]
    return f"Probability of any benefit {_assumed(check.name)}"


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
        if others == 1:
            return "The only secondary outcome, not adjusted."
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
            reasons.append(f"another fair analysis says the opposite ({_assumed(name)})")
        elif name == "randomisation_test_possible" and outcome.randomisation.reason:
            reasons.append(outcome.randomisation.reason)
        else:
            reasons.append(_BECAUSE[name])
    return ", because " + "; ".join(reasons)


def _assumed(name: str) -> str:
    """Return what the sensitivity analysis behind a check of this name assumes."""
    name = name.removeprefix("sensitivity_")
    if name.startswith("effect_prior_"):
        share = name.removeprefix("effect_prior_").removesuffix("R")
        return f"with another guess of how large effects are ({share} of the range)"
    if name.startswith("first_"):
        return f"without the first {name.split('_')[1]} nights of each period"
    return _SENSITIVITIES.get(name, f"by the analysis {name.replace('_', ' ')}")


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
        _times(found.ends, "early end", "early ends"),
        _times(found.emergencies, "emergency", "emergencies"),
    )


def _times(count: int, one: str, many: str) -> str:
    return "" if not count else f"{count} {one if count == 1 else many}"


def _numbers(verdict: TrialVerdict, found: OutcomeVerdict) -> str:
    outcome = found.outcome
    protocol = verdict.trial.protocol
    if found.effect is None or found.probability is None:
        return f"{_capital(outcome.name)}: nothing could be estimated ({found.reason})"
    least = protocol.decision.min_period_pairs
    if any(c.name == "complete_pairs" and not c.passed for c in found.checks):
        return f"{_capital(outcome.name)}: fewer than {least} complete pairs, too few for words"
    low, high = found.effect.interval95
    difference = _side(found.effect.mean, outcome, none="no different")
    return (
        f"{_capital(outcome.name)}: {difference} on "
        f"{protocol.treatment.label} than on {protocol.reference.label} (95 % interval from "
        f"{_side(low, outcome)} to {_side(high, outcome)}; probability of a benefit of more than "
        f"{amount(outcome.mid, outcome)}: {percent(found.probability.benefit)}, of harm as large: "
        f"{percent(found.probability.harm)}{_at_further_mids(found)})"
    )


def _at_further_mids(found: OutcomeVerdict) -> str:
    return "".join(
        f"; of a benefit of more than {amount(mid, found.outcome)}: {percent(p.benefit)}"
        for mid, p in (found.further or {}).items()
    )


def _scope(verdict: TrialVerdict) -> str:
    nights = verdict.trial.protocol.design.period_nights
    return f"at this dose, after periods of {nights} night{'' if nights == 1 else 's'}"


def _impressions(verdict: TrialVerdict, found: OutcomeVerdict) -> str:
    protocol = verdict.trial.protocol
    parts = []
    for treatment in (protocol.treatment, protocol.reference):
        levels = (found.impressions or {}).get(treatment.name, {})
        counts = (f"{level} ({_times(n, 'time', 'times')})" for level, n in levels.items())
        parts.append(f"on {treatment.label}: {', '.join(counts) or 'no answer'}")
    said = [_headline(verdict, found), *_remarks(verdict, found)]
    numbers = f"{_capital(found.outcome.name)}, {'; '.join(parts)}, {_scope(verdict)}."
    return " ".join([*said, numbers])


def _side(value: float, outcome: Outcome, *, none: str = "no difference") -> str:
    if float(f"{value:.{_digits(outcome)}f}") == 0:
        return none
    return f"{amount(value, outcome)} {'higher' if value > 0 else 'lower'}"


def _list(parts: tuple[str, ...], word: str) -> str:
    if len(parts) < 2:
        return "".join(parts)
    return f"{', '.join(parts[:-1])} {word} {parts[-1]}"


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def _digits(outcome: Outcome) -> int:
    return max(0, 1 - math.floor(math.log10(outcome.mid)))
