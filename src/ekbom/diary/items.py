"""What can be answered: the items of a protocol and their scales."""

from __future__ import annotations

from dataclasses import dataclass

from ekbom.protocol.model import Protocol


@dataclass(frozen=True, slots=True)
class Item:
    """One question of the diary and the values it takes."""

    id: str
    minimum: float
    maximum: float
    whole: bool

    def fault(self, value: float) -> str | None:
        """Return what is wrong with a value, or ``None`` if it is on the scale."""
        if not self.minimum <= value <= self.maximum:
            return f"{self.id} {value:g} is off its scale of {self.minimum:g} to {self.maximum:g}"
        if self.whole and value != int(value):
            return f"{self.id} {value:g} is not a whole number"
        return None

    @property
    def scale(self) -> str:
        """Return the scale in words."""
        numbers = "whole numbers" if self.whole else "numbers"
        return f"{numbers} from {self.minimum:g} to {self.maximum:g}"


def items_of(protocol: Protocol) -> dict[str, Item]:
    """Return every item of the diary by its id: the outcomes, then the side effects."""
    outcomes = [
        Item(o.id, o.minimum, o.maximum, whole=o.kind not in ("minutes", "measure"))
        for o in protocol.outcomes
    ]
    complaints = [Item(s.id, s.minimum, s.maximum, whole=True) for s in protocol.side_effects]
    return {item.id: item for item in [*outcomes, *complaints]}
