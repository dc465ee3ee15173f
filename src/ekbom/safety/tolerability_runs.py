"""Loose nights that follow each other, each with whether capsules may be to blame."""

from __future__ import annotations

from datetime import date

from ekbom.safety.tolerability_rules import Rule

Run = tuple[tuple[date, bool], ...]


def lasting(run: Run, *, night: date, rule: Rule) -> Run:
    """Return the nights that a loose ``night`` adds to; too long a silence before it leaves none.

    With that night they are at most as many as the rule counts.
    """
    last = run[1 - rule.count :]
    if last and (night - last[-1][0]).days > rule.gap + 1:
        return ()
    return last
