"""Where a trial is kept: in a folder, or in the rows of a database that hold the same files."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from ekbom.problem import Problem

TRIAL, ENTRIES, DIARY = "trial.toml", "entries.csv", "diary.csv"
DOSES, EVENTS = "doses.csv", "events.csv"
ALLOCATION, SEAL, SEALED = "allocation.csv", "allocation.json", "allocation.sealed"
SLIPS = "slips.csv"

FILES = (SLIPS, SEALED, SEAL, ALLOCATION, TRIAL, EVENTS, ENTRIES, DIARY, DOSES)
"""The files of a trial, in the order in which they are written: what proves comes first."""


class Place(Protocol):
    """Where one trial is kept; `str` names it as its owner knows it."""

    def read(self, name: str) -> bytes | None:
        """Return a file of the trial, ``None`` if there is none."""

    def faults(self) -> Iterator[Problem]:
        """Yield what is wrong with the place itself."""


@dataclass(frozen=True, slots=True)
class Folder:
    """A trial's folder."""

    path: Path

    def __str__(self) -> str:
        return str(self.path)

    def read(self, name: str) -> bytes | None:
        """Return a file of the folder, ``None`` if there is none."""
        file = self.path / name
        return file.read_bytes() if file.is_file() else None

    def faults(self) -> Iterator[Problem]:
        """Yield why this is no trial, and what stands in a file's place without being one."""
        if not self.path.exists():
            what = "there is no such folder"
            yield Problem(str(self), None, what, "Give the folder of a trial")
        elif self.read(TRIAL) is None:
            what = "it has no trial.toml, so it is not a trial folder"
            do = "Give the folder of a trial, or make one with ekbom new"
            yield Problem(str(self), None, what, do)
        for name in (EVENTS, ENTRIES, DIARY, DOSES):
            file = self.path / name
            if (file.is_symlink() or file.exists()) and not file.is_file():
                what = "it is not a file that can be read"
                yield Problem(name, None, what, "Restore it from a copy")
