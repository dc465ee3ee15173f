"""Real trials that come with ekbom, each a trial folder as any other, with its source beside it."""

from __future__ import annotations

from importlib import resources
from pathlib import Path

EXAMPLES = ("gwern-magnesium-citrate",)
"""Names of the examples."""


def example_folder(name: str) -> Path:
    """Return the folder of an example, to be read and never written to.

    Raises KeyError if there is no example of that name.
    """
    if name not in EXAMPLES:
        raise KeyError(name)
    return Path(str(resources.files(__package__) / name))
