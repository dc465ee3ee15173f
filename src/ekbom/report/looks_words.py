"""Looking early in plain words, as a record, and as the tables that a protocol needs for it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ekbom import __version__
from ekbom.analysis.e_process import BAR
from ekbom.report.lines import wrapped
from ekbom.report.simulation_words import table
from ekbom.simulation.characteristics import Estimated
from ekbom.simulation.looks import CalibratedLooks, Plan, Stops, Threshold
from ekbom.simulation.participant import Participant
from ekbom.simulation.record import FORMAT
from ekbom.simulation.seen import KINDS, Kind
from ekbom.simulation.truths import Truth

_PLANS: dict[Plan, str] = {
    "end only": "only at the end",
    "own": "at every look, the plan's own threshold",
    "calibrated": "at every look, calibrated",
}
_KINDS: dict[Kind, str] = {"probability": "probability alone", "word": "whole rule"}
_WHY = (
    "Each look is one more chance for luck to look like an effect. The calibrated threshold is "
    "higher, so that all looks and the end together mislead no more often than agreed."
)
_MEANING = (
    "Probability alone: stop as soon as the probability of any benefit reaches the threshold. "
    "Whole rule: stop only when the decision rule says a word, which also asks for an effect "
    "beyond the MID, enough answers, and the randomisation test. Threshold 0: those other "
    "conditions keep the error by themselves."
)
_COIN = (
    "The e-process bets on the coin of each pair and on nothing else. It assumes nothing about "
    "your nights, and may be looked at after every pair. It pays for that with power."
)


def looks_lines(found: CalibratedLooks) -> Iterator[str]:
    """Yield what looking early does to a plan, the advice first, in plain lines."""
    yield from wrapped(_advice(found))
    yield from wrapped(_WHY)
    yield ""
    yield from _error_lines(found)
    yield ""
    yield from _power_lines(found)
    if found.coins is not None:
        yield ""
        yield from wrapped(_coin_words(found))
    yield ""
    yield from wrapped(_how(found))
    yield "To declare these looks, put this into your protocol before you register it:"
    yield ""
    yield from looks_toml(found).splitlines()


def looks_toml(found: CalibratedLooks) -> str:
    """Return the tables that declare the looks, to be put at the end of a protocol file."""
    value = f"probability_better = {found.advised.value:g}"
    tables = [f"[[looks]]\nafter_pair = {pair}\n{value}\n" for pair in found.after_pairs]
    note = (
        "# If the file has a line `looks = []`, remove it; if it has a table [decision] already,\n"
        "# put this line there instead.\n"
    )
    return "\n".join([*tables, f"{note}[decision]\n{value}\n"])


def looks_record(found: CalibratedLooks) -> dict[str, Any]:
    """Return what looking early does to a plan as plain JSON values; chances are shares."""
    return {
        "format": FORMAT,
        "ekbom": __version__,
        "protocol": found.protocol.name,
        "protocol_hash": found.protocol_hash,
        "after_pairs": list(found.after_pairs),
        "pairs": found.pairs,
        "target": found.target,
        "trials": found.trials,
        "seed": found.seed,
        "advised": found.advised.value,
        "people": [_person_record(person) for person in found.people],
        "truths": [_truth_record(truth) for truth in found.truths],
        "thresholds": [_threshold_record(threshold) for threshold in found.thresholds],
        "e_process": _coins_record(found),
    }


def person_words(person: Participant) -> str:
    """Return what is special about a person's nights."""
    shape = ", with flares" if person.flares.share else ""
    shape += ", drifting" if person.drift.walk else ""
    return f"correlation {person.nights.rho:g} from night to night{shape}"


def in_100(chance: Estimated) -> str:
    """Return a chance as a number of 100 trials with its Monte Carlo standard error."""
    return f"{100 * chance.value:.1f} ± {100 * chance.error:.1f}"


def _advice(found: CalibratedLooks) -> str:
    advised, own = found.advised, found.threshold("word", "own").value
    which = "higher than the plan's own" if advised.value > own else "the plan's own"
    return (
        f"{found.protocol.name}: looks after {_listed(found.after_pairs)} of {found.pairs} pairs, "
        f"and the end. With a threshold of {advised.value:g}, {which}, a treatment that does "
        f"nothing is wrongly said to help in {in_100(advised.error)} of 100 trials at most "
        f"(agreed: {100 * found.target:g})."
    )


def _error_lines(found: CalibratedLooks) -> Iterator[str]:
    yield from wrapped(
        "How often a trial says that the treatment helps although it does nothing, in 100 trials "
        f"of the worst of {len(found.people)} people (± Monte Carlo standard error):"
    )
    head = ("", *(text for kind in KINDS for text in ("threshold", _KINDS[kind])))
    yield from table(head, [(words, *_errors(found, plan)) for plan, words in _PLANS.items()])
    yield from wrapped(_MEANING)


def _errors(found: CalibratedLooks, plan: Plan) -> Iterator[str]:
    """Yield the threshold and the error of each kind under a plan."""
    for kind in KINDS:
        threshold = found.threshold(kind, plan)
        yield from (f"{threshold.value:g}", in_100(threshold.error))


def _power_lines(found: CalibratedLooks) -> Iterator[str]:
    unit = found.protocol.primary.unit
    yield from wrapped(
        "How often it says so where it does help, in 100 trials, and after how many pairs it stops "
        f"on average. A benefit is in {unit}: at full exposure, and as this schedule shows it, "
        "which depends on the onset time in nights. Looks with the whole rule take the threshold "
        f"{found.advised.value:g}, with the probability alone "
        f"{found.threshold('probability', 'calibrated').value:g}."
    )
    head = ("full", "onset", "shown", "rule, end only", "rule, looks", "pairs", "prob., looks")
    yield from table(
        (*head, "pairs", "e-process"),
        [
            (
                f"{abs(truth.beta):g}",
                f"{truth.tau:g}",
                f"{abs(truth.theta):.1f}",
                *_powers(found, i),
            )
            for i, truth in enumerate(found.truths)
        ],
    )


def _powers(found: CalibratedLooks, i: int) -> tuple[str, ...]:
    """Return the powers, and the pairs until stopping, in the ``i``-th truth."""
    alone = found.threshold("probability", "calibrated")
    end = found.threshold("word", "end only").effects[i]
    coins = "-" if found.coins is None else f"{100 * found.coins.effects[i].value:.0f}"
    looks = (*_stop_cells(found.advised.effects[i]), *_stop_cells(alone.effects[i]))
    return (f"{100 * end.helps.value:.0f}", *looks, coins)


def _stop_cells(stops: Stops) -> tuple[str, str]:
    return f"{100 * stops.helps.value:.0f}", f"{stops.pairs.value:.1f}"


def _coin_words(found: CalibratedLooks) -> str:
    coins = found.coins
    if coins is None:
        return ""
    if coins.most < BAR:
        return (
            f"{_COIN} {found.pairs} pairs are too few for it: it can reach {coins.most:g} at most, "
            f"and needs {BAR:g}."
        )
    worst = max(coins.nulls, key=lambda chance: chance.value)
    needed = ", ".join(
        f"{need:.3g} after pair {pair}"
        for pair, need in zip(found.after_pairs, coins.needed, strict=True)
    )
    return (
        f"{_COIN} It is convinced at {BAR:g}, which it reaches by chance in {in_100(worst)} of 100 "
        f"of these trials (never more than 5). {found.pairs} pairs can bring it to {coins.most:g} "
        f"at most; it can still reach {BAR:g} only if it stands above {needed}."
    )


def _how(found: CalibratedLooks) -> str:
    worst = found.people[found.threshold("probability", "own").worst]
    return (
        f"The threshold was set on {found.trials} simulated trials of each person and measured on "
        f"{found.trials} others (seed {found.seed}). The worst of {len(found.people)} measured "
        "errors is a little too high by luck alone. The people, nights from independent to very "
        "alike, steady, drifting or with flares, are our own choice; the plan's own threshold "
        f"misled most with {person_words(worst)}. How fast a treatment works plays no part where "
        "it does nothing. These figures hold for this very plan and no other."
    )


def _person_record(person: Participant) -> dict[str, Any]:
    return {
        "rho": person.nights.rho,
        "drift": person.drift.walk,
        "flares": person.flares.share,
    }


def _truth_record(truth: Truth) -> dict[str, Any]:
    return {"id": truth.id, "tau": truth.tau, "beta": truth.beta, "theta": truth.theta}


def _threshold_record(threshold: Threshold) -> dict[str, Any]:
    return {
        "kind": threshold.kind,
        "plan": threshold.plan,
        "threshold": threshold.value,
        "error": _chance(threshold.error),
        "nulls": [_stops_record(stops) for stops in threshold.nulls],
        "effects": [_stops_record(stops) for stops in threshold.effects],
    }


def _stops_record(stops: Stops) -> dict[str, Any]:
    return {
        "helps": _chance(stops.helps),
        "worse": _chance(stops.worse),
        "pairs": _chance(stops.pairs),
    }


def _coins_record(found: CalibratedLooks) -> dict[str, Any] | None:
    if found.coins is None:
        return None
    needed = dict(zip(map(str, found.after_pairs), found.coins.needed, strict=True))
    return {
        "bar": BAR,
        "most": found.coins.most,
        "needed_after_pair": needed,
        "nulls": [_chance(chance) for chance in found.coins.nulls],
        "effects": [_chance(chance) for chance in found.coins.effects],
    }


def _chance(chance: Estimated) -> dict[str, float]:
    return {"value": chance.value, "error": chance.error}


def _listed(pairs: tuple[int, ...]) -> str:
    words = [str(pair) for pair in pairs]
    return " and ".join([", ".join(words[:-1]), words[-1]] if len(words) > 1 else words)
