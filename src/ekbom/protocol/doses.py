"""Dose arithmetic: what a label means in elemental magnesium, and what a day may hold."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from ekbom.evidence.facts import Limit, limit_for, salts
from ekbom.protocol.model import Dose

Verdict = Literal["within", "may be above", "above"]

_ROUNDING = 1e-9
"""Milligrams by which a sum of exact doses may miss a limit through floating point alone."""


@dataclass(frozen=True, slots=True)
class Interval:
    """An amount known to lie between two values: mg elemental magnesium, ``low <= high``.

    The upper end counts against limits, the lower end for whether a dose is large enough.
    """

    low: float
    high: float

    def __post_init__(self) -> None:
        if not 0 <= self.low <= self.high < float("inf"):
            raise ValueError(f"an amount from {self.low} to {self.high} mg makes no sense")

    def __add__(self, other: Interval) -> Interval:
        """Return the sum of two amounts that are known independently."""
        return Interval(self.low + other.low, self.high + other.high)

    def __mul__(self, times: float) -> Interval:
        """Return the amount taken ``times`` times (not negative)."""
        return Interval(self.low * times, self.high * times)

    def __str__(self) -> str:
        """Return the amount in whole milligrams, as one number where it is known."""
        low, high = f"{self.low:.0f}", f"{self.high:.0f}"
        return f"{low} mg" if low == high else f"{low} to {high} mg"


@dataclass(frozen=True, slots=True)
class Label:
    """What a packet says: an amount in mg, and of what.

    ``states`` is ``elemental`` for "magnesium (as citrate) 100 mg" and ``compound`` for "magnesium
    citrate 100 mg".  ``salt`` is a salt's id in the evidence, a kind such as ``citrate`` where the
    exact form is not known, or ``None`` where not even the kind is.
    """

    amount_mg: float
    states: Literal["elemental", "compound"]
    salt: str | None = None


@dataclass(frozen=True, slots=True)
class Supplement:
    """One thing swallowed that contains magnesium: capsules, an antacid, a laxative, ...

    ``a_day`` is how many times the labelled amount is taken on a day.
    """

    name: str
    label: Label
    a_day: float = 1.0


@dataclass(frozen=True, slots=True)
class LimitCheck:
    """Whether a day's magnesium from supplements is allowed, and the sentence that says so.

    ``needs_agreement`` is true unless the whole interval is within the limit: then a named
    clinician must have agreed, on record.  ``limit`` carries its sources.
    """

    verdict: Verdict
    total: Interval
    limit: Limit
    text: str

    @property
    def needs_agreement(self) -> bool:
        """Return whether more than the limit is possible, so that a clinician must agree."""
        return self.verdict != "within"


def elemental(label: Label) -> Interval:
    """Return how much magnesium itself the labelled amount holds.

    Parameters
    ----------
    label
        What the packet says.

    Returns
    -------
    Interval in mg elemental: a point for an elemental label and for a salt that is known; for a
    kind of several forms, such as ``citrate`` (10.37 to 16.16 %), from its poorest to its richest
    form; where not even the kind is known, from the poorest to the richest of all salts known
    here.  That wide interval is given rather than an error because its upper end is magnesium
    oxide's, which no other salt sold exceeds: a limit checked with it is on the safe side.

    Raises
    ------
    ValueError
        If the amount is negative or not finite, or the salt is neither known here nor a kind.
    """
    if label.states == "elemental":
        return Interval(label.amount_mg, label.amount_mg)
    shares = _shares(label.salt)
    return Interval(label.amount_mg * min(shares), label.amount_mg * max(shares))


def compound(mg: float, *, salt: str | None = None) -> Interval:
    """Return how much of a compound holds ``mg`` milligrams of magnesium itself.

    The inverse of `elemental`, in mg of the compound: its low end holds ``mg`` if it is the
    richest form that ``salt`` leaves open, its high end if it is the poorest.  Raises ValueError
    as `elemental` does.
    """
    shares = _shares(salt)
    return Interval(mg / max(shares), mg / min(shares))


def _shares(salt: str | None) -> list[float]:
    """Return the shares of magnesium by weight of every form that ``salt`` leaves open."""
    known = salts().values()
    shares = [s.percent_elemental / 100 for s in known if salt in (None, s.id, s.kind)]
    if not shares:
        kinds = ", ".join(sorted({s.kind for s in known}))
        raise ValueError(
            f"no salt {salt!r} is known: use one of {kinds}, or leave it out if the packet "
            "does not say"
        )
    return shares


def total(supplements: Iterable[Supplement]) -> Interval:
    """Return the magnesium of one day from all supplements together.

    An antacid, a laxative or a multivitamin counts as much as the trial's own capsules; food does
    not count.  Returns mg elemental; raises ValueError as `elemental` does.
    """
    day = Interval(0.0, 0.0)
    for supplement in supplements:
        day += elemental(supplement.label) * supplement.a_day
    return day


def check_limit(day: Interval, *, region: str) -> LimitCheck:
    """Return whether a day's magnesium from supplements is within the region's limit.

    ``day`` is in mg elemental; a region that is not known has the lowest limit.  The verdict is
    ``may be above`` where the label leaves it open.
    """
    limit = limit_for(region)
    verdict: Verdict = "may be above"
    if not exceeds(day.high, limit.mg_per_day):
        verdict = "within"
    elif exceeds(day.low, limit.mg_per_day):
        verdict = "above"
    return LimitCheck(verdict, day, limit, _sentence(day, limit, verdict))


def exceeds(mg: float, limit_mg: float) -> bool:
    """Return whether an amount is above a limit by more than floating point alone can make it."""
    return mg > limit_mg + _ROUNDING


def is_named(person: str) -> bool:
    """Return whether a text names anybody, so that an agreement by nobody lifts nothing.

    A name has two letters at least, of any alphabet.
    """
    # A filler is a letter to Unicode and nothing to the eye.
    letters = (c for c in person if c.isalpha() and "FILLER" not in unicodedata.name(c, ""))
    return len(list(letters)) >= 2


def most_mg(dose: Dose | None) -> float:
    """Return the most elemental magnesium a day that a plan may come to, in mg.

    That is its own limit, and never more than the region's unless the plan names the clinician
    who agreed; then it is what was agreed: its own limit or its highest step.  A trial without a
    plan for its dose has the limit of an unknown region.
    """
    if dose is None:
        return limit_for("unknown").mg_per_day
    if is_named(dose.agreed_by):
        return max(dose.limit_mg, *dose.ladder)
    return min(dose.limit_mg, limit_for(dose.region).mg_per_day)


def _sentence(day: Interval, limit: Limit, verdict: Verdict) -> str:
    """Say what was found and what to do."""
    verb, do = {
        "within": ("is within", ""),
        "may be above": ("may be above", " Find out the exact form, or have a named clinician"),
        "above": ("is above", " Take less, or have a named clinician"),
    }[verdict]
    agreement = f"{do}'s agreement recorded." if do else ""
    return (
        f"{day} elemental magnesium a day from all supplements {verb} the limit of "
        f"{limit.mg_per_day:g} mg ({limit.name}: {limit.text}).{agreement}"
    )
