"""What a guess may say: for which treatment, how surely, and what it rests on."""

from __future__ import annotations

from ekbom.trial.additions import UNSURE

EFFECT = "effect"
"""The reason of a guess that rests on how the nights went: the effect itself may have told."""

GIVEAWAYS = ("taste", "stools", "saw it")
"""Reasons of a guess that have nothing to do with the effect."""

SIGNS = ("taste", "stools", EFFECT, "saw it")
"""What a guess may rest on, in the order in which it is asked."""

OWN_WORDS = "own words"
"""What a reason in the person's own words is counted as."""

OPINIONS = ("helps", "no difference", "makes it worse", UNSURE)
"""What the last guess may say of the treatment."""


def reasons_of(why: str) -> tuple[str, ...]:
    """Return what a guess rests on: the signs named in its text, then own words if there are any.

    Signs are set apart from each other, and from own words, by semicolons.
    """
    parts = {part.strip().lower() for part in why.split(";")} - {""}
    named = tuple(sign for sign in SIGNS if sign in parts)
    return named if parts <= set(SIGNS) else (*named, OWN_WORDS)
