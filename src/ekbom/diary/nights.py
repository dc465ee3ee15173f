"""Which nights a trial's files may speak of."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from ekbom.diary.table import Row


@dataclass(frozen=True, slots=True)
class NightRange:
    """From the first night to tonight; ``last`` is the last planned night, if it is known.

    ``ahead``: a later night than tonight is kept, as the clock that it was written by ran ahead.
    """

    first: date
    tonight: date
    last: date | None = None
    ahead: bool = False

    def allows(self, night: date, row: Row) -> bool:
        """Return whether a row may speak of ``night``; what is wrong with it is noted in ``row``.

        A night after the last planned one is kept, and noted, and so is one that is ``ahead``.
        """
        if night < self.first:
            row.fault(
                f"the night of {night} lies before the first night, {self.first}", "Mend the date"
            )
            return False
        if night > self.tonight and self.ahead:
            row.note(f"the night of {night} has not begun yet", "It was kept; check the clock here")
        elif night > self.tonight:
            row.fault(f"the night of {night} has not begun yet", "Mend the date")
            return False
        if self.last is not None and night > self.last:
            row.note(
                f"the night of {night} lies after the last planned night, {self.last}",
                "It was kept and is not analysed",
            )
        return True
