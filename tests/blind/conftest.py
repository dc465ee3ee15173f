"""What the blind is tested with: a clock, an empty memory, and two orders that are opposite."""

from __future__ import annotations

from web.conftest import clock, nothing_remembered, static_files

__all__ = ["clock", "nothing_remembered", "static_files"]
