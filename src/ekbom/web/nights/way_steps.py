"""The steps that each way of blinding takes otherwise: the draw, the packs, and the opening."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from ekbom.language import Text

_DRAW: Text = "Draw the order of treatments."
_DRAW_BUTTON: Text = "Draw the order"
_PACKS: Text = "Make the packs. Capsules begin on the first evening after that."
_PACKS_BUTTON: Text = "Make the packs"
_OPEN: Text = "Open the order of treatments. After that the result is shown."
_OPEN_BUTTON: Text = "Open the order"

_HELPER_BUTTON: Text = "Ask your helper"
_HELPER_DRAWS: Text = "Your helper draws the order and makes the packs."
_HELPER_PACKS: Text = (
    "Your helper makes the packs. Capsules begin on the first evening after you have them."
)
_HELPER_OPENS: Text = "Your helper opens the order. After that the result is shown."

_ALONE_DRAWS: Text = "Make the slips and the packs. Shuffling them draws the order."
_ALONE_AGAIN: Text = "A pair of packs is being made again, and is not finished yet."
_AGAIN_BUTTON: Text = "Go on with the packs"
_ALONE_OPENS: Text = "Read the slips in the packs. After that the result is shown."
_SLIPS_BUTTON: Text = "Read the slips"

_CLINIC_PACKS: Text = (
    "The clinic makes the packs. Capsules begin on the first evening after you have them."
)
_CLINIC_OPENS: Text = "The clinic opens the order. After that the result is shown."
_GIVEN_BUTTON: Text = "I have the packs"


@dataclass(frozen=True, slots=True)
class WayStep:
    """What a step asks for, with its button and the page's name; both empty if there is none."""

    text: Text
    button: Text = ""
    page: str = ""


DRAWING: Mapping[str, WayStep] = {
    "open": WayStep(_DRAW, _DRAW_BUTTON, "draw"),
    "helper": WayStep(_HELPER_DRAWS, _HELPER_BUTTON, "helper"),
    "alone": WayStep(_ALONE_DRAWS, _PACKS_BUTTON, "alone"),
    "clinic": WayStep(_DRAW, _DRAW_BUTTON, "draw"),
}
"""The draw of the order."""

PACKS: Mapping[str, WayStep] = {
    "open": WayStep(_PACKS, _PACKS_BUTTON, "packs"),
    "helper": WayStep(_HELPER_PACKS, _GIVEN_BUTTON, "packs"),
    "alone": WayStep(_PACKS, _PACKS_BUTTON, "alone"),
    "clinic": WayStep(_CLINIC_PACKS, _GIVEN_BUTTON, "packs"),
}
"""The making of the packs."""

PACKS_AGAIN = WayStep(_ALONE_AGAIN, _AGAIN_BUTTON, "alone")
"""The making of a pair again, which only who packs alone does here."""

OPENING: Mapping[str, WayStep] = {
    "open": WayStep(_OPEN, _OPEN_BUTTON, "unblind"),
    "helper": WayStep(_HELPER_OPENS, _HELPER_BUTTON, "helper"),
    "alone": WayStep(_ALONE_OPENS, _SLIPS_BUTTON, "read_slips"),
    "clinic": WayStep(_CLINIC_OPENS),
}
"""The opening of the order."""
