"""What single mistakes in packs made by hand do to the verdict: docs/blinding-alone.md.

    OMP_NUM_THREADS=1 python bench/by_hand.py [--trials 1000] [--check]

``--check`` writes nothing: it looks whether the page has every mistake in its present words, and
with fewer trials whether every share on it lies within 4 Monte Carlo standard errors; it exits with
1 where one does not.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path

from ekbom.protocol.files import built_in
from ekbom.protocol.model import Protocol
from ekbom.simulation.characteristics import Estimated
from ekbom.simulation.layout import layout_of
from ekbom.simulation.mistake_effects import share_of_helps
from ekbom.simulation.mistakes import MISTAKES, Mistake
from ekbom.simulation.participant import Participant
from ekbom.simulation.truths import truth_of

PAGE = Path(__file__).parents[1] / "docs" / "blinding-alone.md"
BEGIN, END = "<!-- mistakes -->", "<!-- /mistakes -->"
SEED = 20261123
TRIALS, CHECKED = 1000, 100
BENEFIT, TAU = 2.0, 2.0
"""The true effect at full exposure, points, and its onset time, nights."""

NONE = "No mistake"
HEAD = ("mistake", "claim", "by", "why", "`helps`, no effect", "`helps`, true effect")


def main() -> int:
    """Write the table into the page, or check it; return the exit status."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--trials", type=int)
    parser.add_argument("--check", action="store_true")
    asked = parser.parse_args()
    if asked.check:
        faults = [*check_words(), *check_shares(asked.trials or CHECKED)]
        print("\n".join(faults) or "the page is as measured")
        return 1 if faults else 0
    before, rest = PAGE.read_text(encoding="utf-8").split(BEGIN)
    table = "\n".join(table_lines(asked.trials or TRIALS))
    PAGE.write_text(f"{before}{BEGIN}\n{table}\n{END}{rest.split(END)[1]}", encoding="utf-8")
    return 0


def table_lines(trials: int) -> Iterator[str]:
    """Yield the table with shares from so many simulated trials each."""
    yield _line(HEAD)
    yield _line(("---",) * len(HEAD))
    for name, words in rows().items():
        shares = [f"{e.value:.3f} ± {e.error:.3f}" for e in _shares(name, trials)]
        print(words[0], *shares, file=sys.stderr)
        yield _line((*words, *shares))


def rows() -> Mapping[str, tuple[str, ...]]:
    """Return the words of each row, by the mistake's name; the first row has none."""
    said = {name: (m.title, m.claim, _by(m), m.why) for name, m in MISTAKES.items()}
    return {"": (NONE, "", "", ""), **said}


def check_words() -> Iterator[str]:
    """Yield every row whose words on the page are not those of the table of mistakes."""
    found = [tuple(row[:4]) for row in _on_page()]
    if found != list(rows().values()):
        yield f"{PAGE}: the mistakes are not those of the code; run python bench/by_hand.py"


def check_shares(trials: int) -> Iterator[str]:
    """Yield every share on the page that so many new trials speak against."""
    for name, row in zip(rows(), _on_page(), strict=True):
        for text, new in zip(row[4:], _shares(name, trials), strict=True):
            value, error = (float(part) for part in text.split("±"))
            if abs(value - new.value) > 4 * (error**2 + new.error**2) ** 0.5:
                yield f"{row[0]}: {text} on the page, {new.value:.3f} ± {new.error:.3f} now"


def _shares(name: str, trials: int) -> Iterator[Estimated]:
    protocol = replace(built_in("magnesium-rls-fast"), blinding="alone")
    for person in _people(protocol):
        yield share_of_helps(
            protocol=protocol,
            participant=person,
            mistake=MISTAKES.get(name),
            trials=trials,
            seed=SEED,
        )


def _people(protocol: Protocol) -> Iterator[Participant]:
    for benefit in (0.0, BENEFIT):
        truth = truth_of(layout_of(protocol), benefit=benefit, tau=TAU, scale="full")
        yield truth.participant


def _by(mistake: Mistake) -> str:
    return f"`{mistake.by}`"


def _line(cells: tuple[str, ...]) -> str:
    return f"| {' | '.join(cells)} |"


def _on_page() -> list[list[str]]:
    text = PAGE.read_text(encoding="utf-8").split(BEGIN)[1].split(END)[0]
    lines = text.strip().splitlines()[2:]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]


if __name__ == "__main__":
    sys.exit(main())
