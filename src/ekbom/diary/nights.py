"""Which nights a trial's files may speak of."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from ekbom.diary.table import Row


@dataclass(frozen=True, slots=True)
class NightRange:
    """From the first night to tonight; ``last`` is the last planned night, if it is known."""

    first: date
    tonight: date
    last: date | None = None

    def allows(self, night: date, row: Row) -> bool:
        """Return whether a row may speak of ``night``; what is wrong with it is noted in ``row``.

        A night after the last planned one is kept, and noted.
        """
        if night < self.first:
            row.fault(
                f"the night of {night} lies before the first night, {self.first}", "Mend the date"
            )
            return False
        if night > self.tonight:
            row.fault(f"the night of {night} has not begun yet", "Mend the date")
            return False
        if self.last is not None and night > self.last:
            row.note(
                f"the night of {night} lies after the last planned night, {self.last}",
                "It was kept and is not analysed",
            )
        return True
