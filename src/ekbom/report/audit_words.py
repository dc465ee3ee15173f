"""An audit in words: what was checked, with what result, and what a break means."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from ekbom.language import Text, say
from ekbom.trial.audit import Check, Finding

_CHECKED: Mapping[Check, Text] = {
    "registration": "trial.toml can be read",
    "chain": "Every event follows from the one before it, unchanged",
    "protocol": "The protocol is the one that was registered",
    "commitment": "The commitment is the one that was made at the draw",
    "sequences": "The number of possible orders is the design's",
    "by hand": "The order was drawn by hand, by a shuffle that no computer saw",
    "slips": "The slips are those that were put on record before the packs were made",
    "sealed": "The sealed order is whole, and belongs to this protocol and commitment",
    "opening": "The opening of the order is on record",
    "seal": "The opened order is what was committed to",
    "seed": "Its seed draws this order again",
    "order": "The list of treatments is the order that was drawn",
    "admissible": "The design could draw this order",
}

_RESULTS: Mapping[str, Text] = {"right": "right", "broken": "BROKEN", "not yet": "not yet"}

_NOT_YET: Mapping[Check, Text] = {
    "commitment": "No order was drawn yet, so there is nothing more to check.",
    "opening": "Until then nobody can check that the order fits its commitment, its seed and the "
    "design. Audit again after the opening.",
}

_CAUSES: Mapping[Check, Text] = {
    "registration": "The file was edited by hand, was damaged, or comes from a newer ekbom.",
    "chain": "Somebody edited, sorted or shortened events.csv, a spreadsheet saved it anew, or an "
    "older copy was put in its place.",
    "protocol": "trial.toml was edited after registration, or it belongs to another trial.",
    "commitment": "trial.toml or events.csv was exchanged after the draw.",
    "sequences": "The event was written by another program, or the design was changed.",
    "by hand": "",
    "slips": "slips.csv was edited or exchanged after the slips were printed.",
    "sealed": "allocation.sealed was damaged, edited or exchanged.",
    "opening": "",
    "seal": "allocation.json was edited or exchanged after the draw.",
    "seed": "Somebody wrote an order down that chance did not draw.",
    "order": "allocation.csv was edited, or it belongs to another trial.",
    "admissible": "Somebody wrote the order down by hand, or packs of two pairs were mixed up.",
}

_MEANINGS: Mapping[Check, Text] = {
    "registration": "There is no verdict until the file is restored from a copy.",
    "chain": "From that event on nothing proves what was written down when. There is no verdict "
    "until the file is restored from a copy.",
    "protocol": "Questions or rules may have been changed once answers were known. There is no "
    "verdict until trial.toml is restored from a copy.",
    "commitment": "The order may have been drawn a second time. There is no verdict until the file "
    "is restored from a copy.",
    "sequences": "The p value would count the wrong orders. Do not trust it until this is cleared.",
    "by hand": "",
    "slips": "What the slips say may not be what was in the packs. There is no verdict until the "
    "file is restored from a copy.",
    "sealed": "The order cannot be opened, or would be another one. Restore the file from a copy; "
    "without it the trial has no verdict.",
    "opening": "",
    "seal": "Nights may be counted for the wrong treatment. There is no verdict until the file is "
    "restored from a copy.",
    "seed": "Without chance no p value holds, and expectation may have chosen the order. There is "
    "no verdict.",
    "order": "Nights would be counted for the wrong treatment. There is no verdict until the file "
    "is restored from a copy.",
    "admissible": "The p value compares with orders that the design can draw, and this is none. "
    "There is no verdict.",
}


def audit_lines(findings: tuple[Finding, ...]) -> Iterator[str]:
    """Yield an audit line by line, each break with its cause and what it means."""
    for finding in findings:
        yield f"{say(_RESULTS[finding.result])}: {say(_CHECKED[finding.check])}."
        for detail in finding.details:
            yield f"    {detail}."
        if finding.result == "broken":
            yield "    " + say("What may be the cause: {cause}", cause=say(_CAUSES[finding.check]))
            yield "    " + say("What it means: {meaning}", meaning=say(_MEANINGS[finding.check]))
        elif finding.result == "not yet":
            yield f"    {say(_NOT_YET[finding.check])}"
    yield _sum(findings)


def audit_record(findings: tuple[Finding, ...]) -> list[dict[str, Any]]:
    """Return an audit as plain data, in English."""
    return [
        {
            "check": f.check,
            "result": f.result,
            "checked": _CHECKED[f.check],
            "details": list(f.details),
            "cause": _CAUSES[f.check] if f.result == "broken" else None,
            "meaning": _MEANINGS[f.check] if f.result == "broken" else None,
        }
        for f in findings
    ]


def _sum(findings: tuple[Finding, ...]) -> str:
    broken = sum(f.result == "broken" for f in findings)
    if broken:
        return say("Not in order: {n} of {all} checks failed.", n=broken, all=len(findings))
    if any(f.result == "not yet" for f in findings):
        return say("In order, as far as it can be checked yet.")
    return say(
        "In order. One thing no chain can show: whether the newest events were taken away. Compare "
        "the number of events with your own note of it."
    )
