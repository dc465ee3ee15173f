"""Looking early in plain words, as a record, and as the tables that a protocol needs for it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from ekbom import __version__
from ekbom.analysis.e_process import BAR
from ekbom.language import Text, figure, say
from ekbom.report.lines import wrapped
from ekbom.report.measures import unit_words
from ekbom.report.simulation_tables import table
from ekbom.simulation.characteristics import Estimated
from ekbom.simulation.looks import CalibratedLooks, Plan, Stops, Threshold
from ekbom.simulation.participant import Participant
from ekbom.simulation.record import FORMAT
from ekbom.simulation.seen import KINDS, Kind
from ekbom.simulation.truths import Truth

_PLANS: Mapping[Plan, Text] = {
    "end only": "only at the end",
    "own": "at every look, the plan's own threshold",
    "calibrated": "at every look, calibrated",
}
_KINDS: Mapping[Kind, Text] = {"probability": "probability alone", "word": "whole rule"}
_POWER: tuple[Text, ...] = (
    "full",
    "onset",
    "shown",
    "rule, end only",
    "rule, looks",
    "pairs",
    "prob., looks",
    "pairs",
    "e-process",
)
_WHY: Text = (
    "Each look is one more chance for luck to look like an effect. The calibrated threshold is "
    "higher, so that all looks and the end together mislead no more often than agreed."
)
_MEANING: Text = (
    "Probability alone: stop as soon as the probability of any benefit reaches the threshold. "
    "Whole rule: stop only when the decision rule says a word, which also asks for an effect "
    "beyond the MID, enough answers, and the randomisation test. Threshold 0: those other "
    "conditions keep the error by themselves."
)
_COIN: Text = (
    "The e-process bets on the coin of each pair and on nothing else. It assumes nothing about "
    "your nights, and may be looked at after every pair. It pays for that with power."
)


def looks_lines(found: CalibratedLooks) -> Iterator[str]:
    """Yield what looking early does to a plan, the advice first, in plain lines."""
    yield from wrapped(_advice(found))
    yield from wrapped(say(_WHY))
    yield ""
    yield from _error_lines(found)
    yield ""
    yield from _power_lines(found)
    if found.coins is not None:
        yield ""
        yield from wrapped(_coin_words(found))
    yield ""
    yield from wrapped(_how(found))
    yield say("To declare these looks, put this into your protocol before you register it:")
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
    shape = say(", with flares") if person.flares.share else ""
    shape += say(", drifting") if person.drift.walk else ""
    said = say("correlation {rho:g} from night to night", rho=person.nights.rho)
    return f"{said}{shape}"


def in_100(chance: Estimated) -> str:
    """Return a chance as a number of 100 trials with its Monte Carlo standard error."""
    return f"{figure(100 * chance.value, '.1f')} ± {figure(100 * chance.error, '.1f')}"


def _advice(found: CalibratedLooks) -> str:
    advised, own = found.advised, found.threshold("word", "own").value
    higher = advised.value > own
    return say(
        "{protocol}: looks after {pairs} of {all} pairs, and the end. With a threshold of "
        "{threshold:g}, {which}, a treatment that does nothing is wrongly said to help in {often} "
        "of 100 trials at most (agreed: {agreed:g}).",
        protocol=found.protocol.name,
        pairs=_listed(found.after_pairs),
        all=found.pairs,
        threshold=advised.value,
        which=say("higher than the plan's own" if higher else "the plan's own"),
        often=in_100(advised.error),
        agreed=100 * found.target,
    )


def _error_lines(found: CalibratedLooks) -> Iterator[str]:
    introduction = say(
        "How often a trial says that the treatment helps although it does nothing, in 100 trials "
        "of the worst of {people} people (± Monte Carlo standard error):",
        people=len(found.people),
    )
    yield from wrapped(introduction)
    head = ("", *(text for kind in KINDS for text in (say("threshold"), say(_KINDS[kind]))))
    yield from table(head, [(say(words), *_errors(found, plan)) for plan, words in _PLANS.items()])
    yield from wrapped(say(_MEANING))


def _errors(found: CalibratedLooks, plan: Plan) -> Iterator[str]:
    """Yield the threshold and the error of each kind under a plan."""
    for kind in KINDS:
        threshold = found.threshold(kind, plan)
        yield from (figure(threshold.value, "g"), in_100(threshold.error))


def _power_lines(found: CalibratedLooks) -> Iterator[str]:
    introduction = say(
        "How often it says so where it does help, in 100 trials, and after how many pairs it stops "
        "on average. A benefit is in {unit}: at full exposure, and as this schedule shows it, "
        "which depends on the onset time in nights. Looks with the whole rule take the threshold "
        "{rule:g}, with the probability alone {alone:g}.",
        unit=unit_words(found.protocol.primary.unit),
        rule=found.advised.value,
        alone=found.threshold("probability", "calibrated").value,
    )
    yield from wrapped(introduction)
    yield from table(
        [say(title) for title in _POWER],
        [
            (
                figure(abs(truth.beta), "g"),
                figure(truth.tau, "g"),
                figure(abs(truth.theta), ".1f"),
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
    return f"{100 * stops.helps.value:.0f}", figure(stops.pairs.value, ".1f")


def _coin_words(found: CalibratedLooks) -> str:
    coins = found.coins
    if coins is None:
        return ""
    if coins.most < BAR:
        few = say(
            "{pairs} pairs are too few for it: it can reach {most:g} at most, and needs {bar:g}.",
            pairs=found.pairs,
            most=coins.most,
            bar=BAR,
        )
        return f"{say(_COIN)} {few}"
    worst = max(coins.nulls, key=lambda chance: chance.value)
    needed = ", ".join(
        say("{value:.3g} after pair {pair}", value=need, pair=pair)
        for pair, need in zip(found.after_pairs, coins.needed, strict=True)
    )
    convinced = say(
        "It is convinced at {bar:g}, which it reaches by chance in {often} of 100 of these trials "
        "(never more than 5). {pairs} pairs can bring it to {most:g} at most; it can still reach "
        "{bar:g} only if it stands above {needed}.",
        bar=BAR,
        often=in_100(worst),
        pairs=found.pairs,
        most=coins.most,
        needed=needed,
    )
    return f"{say(_COIN)} {convinced}"


def _how(found: CalibratedLooks) -> str:
    worst = found.people[found.threshold("probability", "own").worst]
    return say(
        "The threshold was set on {trials} simulated trials of each person and measured on "
        "{trials} others (seed {seed}). The worst of {people} measured errors is a little too high "
        "by luck alone. The people, nights from independent to very alike, steady, drifting or "
        "with flares, are our own choice; the plan's own threshold misled most with {worst}. How "
        "fast a treatment works plays no part where it does nothing. These figures hold for this "
        "very plan and no other.",
        trials=found.trials,
        seed=found.seed,
        people=len(found.people),
        worst=person_words(worst),
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
    if len(words) < 2:
        return "".join(words)
    return say("{first} and {last}", first=", ".join(words[:-1]), last=words[-1])
