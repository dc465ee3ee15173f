"""Which command of the shell draws a trial's order, and which opens it, by the way of blinding.

It stands apart from the ways themselves, so that what is in front of the blind can name a command
without reaching the allocation.
"""

from __future__ import annotations

from collections.abc import Mapping

DRAWN_WITH: Mapping[str, str] = {
    "open": "randomise",
    "helper": "seal",
    "clinic": "seal",
    "alone": "slips make",
}

OPENED_WITH: Mapping[str, str] = {"helper": "unblind", "clinic": "unblind", "alone": "slips read"}
"""The order of an open trial is opened by nothing but the record of it."""
