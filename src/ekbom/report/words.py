"""A verdict in plain words; every text that a person reads about a result is made here."""

from __future__ import annotations

import math
from collections.abc import Iterator

from ekbom.analysis.case import NOT_DRAWN
from ekbom.analysis.decision import CANNOT_TELL, HELPS, NO_DIFFERENCE, WORSE
from ekbom.analysis.result import Check, Incidents, OutcomeVerdict, TrialVerdict
from ekbom.language import Text, figure, retell, say, say_n
from ekbom.protocol.model import Outcome
from ekbom.report.check_texts import BECAUSE, CHECKS, FAILED, SENSITIVITIES
from ekbom.report.measures import capital, unit_words

NO_GUESS: Text = "No guess was made in time, so nobody can say whether the blind held."

_NOTICE: Text = (
    "ekbom keeps your own records and does the statistics of your own comparison. It does not "
    "diagnose, treat, monitor or prevent any disease, and it gives no dosing advice. Magnesium "
    "supplements are not approved to treat restless legs. Agree your plan with a doctor or a "
    "pharmacist."
)


def notice() -> str:
    """Return what ekbom is and is not, for every page."""
    return say(_NOTICE)


def amount(value: float, outcome: Outcome) -> str:
    """Return a difference without its sign, rounded to a tenth of the MID, with its unit."""
    text = figure(abs(value), f".{_digits(outcome)}f")
    return f"{text} {unit_words(outcome.unit, one=text == '1')}"


def number(value: float, outcome: Outcome) -> str:
    """Return a value with its sign, rounded to a tenth of the MID."""
    return figure(value, f".{_digits(outcome)}f").replace("-", "\N{MINUS SIGN}")


def side(value: float, outcome: Outcome, *, none: str = "") -> str:
    """Return a difference in words, without sign; ``none`` is said of one that rounds to 0."""
    if float(f"{value:.{_digits(outcome)}f}") == 0:
        return none or say("no difference")
    size = amount(value, outcome)
    return say("{size} higher", size=size) if value > 0 else say("{size} lower", size=size)


def percent(probability: float) -> str:
    """Return a probability in whole percents, never as certain."""
    if probability >= 0.99:
        return say("over 99 %") if probability > 0.99 else "99 %"
    if probability <= 0.01:
        return say("under 1 %") if probability < 0.01 else "1 %"
    return f"{100 * probability:.0f} %"


def p_value(p: float) -> str:
    """Return a p value with two figures that matter."""
    if p < 0.0001:
        return say("under .0001")
    text = figure(p, ".2g")
    return text.removeprefix("0") if "." in text else text


def sentence(verdict: TrialVerdict, outcome: OutcomeVerdict) -> str:
    """Return what the trial says about one outcome, in words that end with what they are about."""
    if outcome.impressions is not None:
        return _impressions(verdict, outcome)
    said = [_headline(verdict, outcome), *_remarks(verdict, outcome)]
    return " ".join([*said, f"{_numbers(verdict, outcome)}, {_scope(verdict)}."])


def check_words(check: Check) -> str:
    """Return what a check looked at, in words; for some, what it means that it failed."""
    if not check.passed and check.name in FAILED:
        return say(FAILED[check.name])
    if check.name in CHECKS:
        return say(CHECKS[check.name])
    return say("Probability of any benefit {assumed}", assumed=_assumed(check.name))


def firmer(verdict: TrialVerdict, outcome: OutcomeVerdict) -> tuple[str, ...]:
    """Return what would make the answer firmer, most useful first."""
    protocol = verdict.trial.protocol
    ways = []
    if "missing_share" in outcome.because or "reported_share_gap" in outcome.because:
        ways.append(say("Answer on more nights; a night skipped on one side only weighs double."))
    if outcome.verdict == CANNOT_TELL:
        ways.append(
            say("More pairs of periods: twice as many narrow the interval by about a third.")
        )
    if outcome.randomisation.reason == NOT_DRAWN:
        ways.append(say("Let chance draw the order of treatments before the start."))
    elif any(c.name == "randomisation_p_attainable" and not c.passed for c in outcome.checks):
        ways.append(
            say("Five pairs or more, so that the randomisation test can confirm the model.")
        )
    if protocol.blinding == "open":
        ways.append(say("Blinding: have someone else pack capsules that look the same."))
    if "sensitivity_slow_onset" in {c.name for c in outcome.checks if not c.passed}:
        ways.append(say("Longer periods, if the effect comes slowly."))
    return tuple(ways)


def _headline(verdict: TrialVerdict, outcome: OutcomeVerdict) -> str:
    name = capital(say(verdict.trial.protocol.treatment.label))
    if outcome.outcome.role == "secondary":
        others = sum(o.role == "secondary" for o in verdict.trial.protocol.outcomes)
        if others == 1:
            return say("The only secondary outcome, not adjusted.")
        return say("One of {n} secondary outcomes, not adjusted for their number.", n=others)
    tail = _but_not(outcome)
    if outcome.verdict == HELPS:
        harms = _harms(verdict)
        return say("{treatment} helps{harms}{tail}.", treatment=name, harms=harms, tail=tail)
    if outcome.verdict == WORSE:
        return say("{treatment} makes it worse{tail}.", treatment=name, tail=tail)
    if outcome.verdict == NO_DIFFERENCE:
        return say("{treatment} makes no worthwhile difference{tail}.", treatment=name, tail=tail)
    return say("Cannot tell yet{why}.", why=_why(outcome))


def _remarks(verdict: TrialVerdict, outcome: OutcomeVerdict) -> list[str]:
    remarks = []
    if outcome.verdict in (HELPS, WORSE) and any(
        c.name == "randomisation_p_attainable" and not c.passed for c in outcome.checks
    ):
        remarks.append(
            say("This design is too small for the randomisation test to confirm the model.")
        )
    if verdict.looks.unplanned:
        remarks.append(
            say_n(
                "The data were looked at once before the end without a plan, so the stated error "
                "rates no longer hold.",
                "The data were looked at {n} times before the end without a plan, so the stated "
                "error rates no longer hold.",
                verdict.looks.unplanned,
            )
        )
    if verdict.trial.protocol.blinding == "open" and outcome.verdict in (HELPS, WORSE):
        remarks.append(say("The trial was open, so expectation may be part of this."))
    return [*remarks, *_blind_remarks(verdict, outcome)]


def _blind_remarks(verdict: TrialVerdict, outcome: OutcomeVerdict) -> Iterator[str]:
    """Yield what the guesses mean for a difference that was found."""
    found = verdict.guesses
    if outcome.verdict not in (HELPS, WORSE) or found is None or found.open:
        return
    if not found.guesses:
        yield say(NO_GUESS)
    elif found.given_away:
        yield say(
            "Taste, stools or sight led to a right guess in {n} of {all} guessed periods, so "
            "expectation may be part of this.",
            n=found.given_away,
            all=len(found.guesses),
        )


def _why(outcome: OutcomeVerdict) -> str:
    if not outcome.because:
        return say(": the effect is not known well enough")
    reasons = []
    for name in outcome.because:
        if name.startswith("sensitivity_"):
            assumed = _assumed(name)
            reasons.append(
                say("another fair analysis says the opposite ({assumed})", assumed=assumed)
            )
        elif name == "randomisation_test_possible" and outcome.randomisation.reason:
            reasons.append(retell(outcome.randomisation.reason))
        else:
            reasons.append(say(BECAUSE[name]))
    return say(", because {reasons}", reasons="; ".join(reasons))


def _assumed(name: str) -> str:
    """Return what the sensitivity analysis behind a check of this name assumes."""
    name = name.removeprefix("sensitivity_")
    if name.startswith("effect_prior_"):
        share = name.removeprefix("effect_prior_").removesuffix("R")
        return say(
            "with another guess of how large effects are ({share:g} of the range)",
            share=float(share),
        )
    if name.startswith("first_"):
        return say("without the first {nights} nights of each period", nights=name.split("_")[1])
    if name in SENSITIVITIES:
        return say(SENSITIVITIES[name])
    return say("by the analysis {name}", name=name.replace("_", " "))


def _but_not(outcome: OutcomeVerdict) -> str:
    conditions = tuple(retell(words) for words in outcome.but_not)
    return say(", but not {conditions}", conditions=_list(conditions, "or")) if conditions else ""


def _harms(verdict: TrialVerdict) -> str:
    """Return the holds, early ends and emergencies on the treatment, for the same sentence."""
    name = verdict.trial.protocol.treatment.name
    found = next(i for i in verdict.side_effects.incidents if i.treatment == name)
    parts = tuple(text for text in _incident_texts(found) if text)
    return say(", with {incidents} on it", incidents=_list(parts, "and")) if parts else ""


def _incident_texts(found: Incidents) -> tuple[str, ...]:
    holds, ends, emergencies = found.holds, found.ends, found.emergencies
    return (
        say_n("{n} hold for side effects", "{n} holds for side effects", holds) if holds else "",
        say_n("{n} early end", "{n} early ends", ends) if ends else "",
        say_n("{n} emergency", "{n} emergencies", emergencies) if emergencies else "",
    )


def _numbers(verdict: TrialVerdict, found: OutcomeVerdict) -> str:
    outcome, protocol = found.outcome, verdict.trial.protocol
    name = capital(say(outcome.name))
    if found.effect is None or found.probability is None:
        reason = retell(found.reason or "")
        return say("{outcome}: nothing could be estimated ({reason})", outcome=name, reason=reason)
    least = protocol.decision.min_period_pairs
    if any(c.name == "complete_pairs" and not c.passed for c in found.checks):
        return say(
            "{outcome}: fewer than {least} complete pairs, too few for words",
            outcome=name,
            least=least,
        )
    low, high = found.effect.interval95
    return say(
        "{outcome}: {difference} on {treatment} than on {reference} (95 % interval from {low} to "
        "{high}; probability of a benefit of more than {mid}: {benefit}, of harm as large: "
        "{harm}{further})",
        outcome=name,
        difference=side(found.effect.mean, outcome, none=say("no different")),
        treatment=say(protocol.treatment.label),
        reference=say(protocol.reference.label),
        low=side(low, outcome),
        high=side(high, outcome),
        mid=amount(outcome.mid, outcome),
        benefit=percent(found.probability.benefit),
        harm=percent(found.probability.harm),
        further=_at_further_mids(found),
    )


def _at_further_mids(found: OutcomeVerdict) -> str:
    return "".join(
        say(
            "; of a benefit of more than {mid}: {benefit}",
            mid=amount(mid, found.outcome),
            benefit=percent(p.benefit),
        )
        for mid, p in (found.further or {}).items()
    )


def _scope(verdict: TrialVerdict) -> str:
    nights = verdict.trial.protocol.design.period_nights
    return say_n(
        "at this dose, after periods of {n} night",
        "at this dose, after periods of {n} nights",
        nights,
    )


def _impressions(verdict: TrialVerdict, found: OutcomeVerdict) -> str:
    protocol = verdict.trial.protocol
    parts = []
    for treatment in (protocol.treatment, protocol.reference):
        levels = (found.impressions or {}).get(treatment.name, {})
        counts = ", ".join(_level(level, n) for level, n in levels.items()) or say("no answer")
        label = say(treatment.label)
        parts.append(say("on {treatment}: {counts}", treatment=label, counts=counts))
    said = [_headline(verdict, found), *_remarks(verdict, found)]
    numbers = f"{capital(say(found.outcome.name))}, {'; '.join(parts)}, {_scope(verdict)}."
    return " ".join([*said, numbers])


def _level(level: object, times: int) -> str:
    return say_n("{level} ({n} time)", "{level} ({n} times)", times, level=level)


def _list(parts: tuple[str, ...], word: str) -> str:
    if len(parts) < 2:
        return "".join(parts)
    first = ", ".join(parts[:-1])
    if word == "or":
        return say("{first} or {last}", first=first, last=parts[-1])
    return say("{first} and {last}", first=first, last=parts[-1])


def _digits(outcome: Outcome) -> int:
    return max(0, 1 - math.floor(math.log10(outcome.mid)))
