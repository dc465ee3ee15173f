"""Nights in addresses."""

from __future__ import annotations

from datetime import date


class NightConverter:
    """A night by its evening's date, such as 2026-03-01."""

    regex = "[0-9]{4}-[0-9]{2}-[0-9]{2}"

    def to_python(self, value: str) -> date:
        """Return the night; raises ValueError for a date that there is not."""
        return date.fromisoformat(value)

    def to_url(self, value: date) -> str:
        """Return the night as it stands in an address."""
        return value.isoformat()
