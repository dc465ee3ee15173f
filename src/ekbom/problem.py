"""What is wrong with some input, where, and what to do about it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

Severity = Literal["error", "warning"]


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong with an input, said so that its owner can put it right.

    ``line`` is the 1-based line of ``file`` (the heading is line 1), or ``None`` for the file as
    a whole.  An ``error`` stops the work; a ``warning`` names what was left out or assumed.
    """

    file: str
    line: int | None
    what: str
    do: str
    severity: Severity = "error"

    def __str__(self) -> str:
        """Return ``file, line N: what is wrong. What to do.``."""
        where = self.file if self.line is None else f"{self.file}, line {self.line}"
        return f"{where}: {self.what}. {self.do}."


class InputError(Exception):
    """Input that cannot be used; ``problems`` lists every reason at once."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems: tuple[Problem, ...] = tuple(problems)
        super().__init__("\n".join(str(p) for p in self.problems))


class RefusedError(Exception):
    """A request that is understood and must not be done now; the text says why and what to do."""


def errors(problems: Iterable[Problem]) -> list[Problem]:
    """Return the problems that stop the work."""
    return [p for p in problems if p.severity == "error"]
