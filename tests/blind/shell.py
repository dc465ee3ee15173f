"""Every command of the shell, run in the folder of a trial by whoever finds it."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

from click.testing import CliRunner

from blind.chance import Chance
from blind.lives import Life
from blind.seen import Seen
from ekbom.cli import _COMMANDS, main
from ekbom.web.store import current_row, files_of

ELSEWHERE = {
    "serve",
    "demo",
    "protocol",
    "evidence",
    "screen",
    "medicines",
    "dose",
    "simulate",
    "new",
    "import",
    "account",
    "backup",
    "restore",
}
"""Commands that are about no folder of a trial."""

ARGUMENTS: dict[str, tuple[tuple[str, ...], ...]] = {
    "tonight": (("DIR",), ("DIR", "--json")),
    "audit": (("DIR",), ("DIR", "--json")),
    "reminders": (("DIR", "--dose-at", "21:30", "--diary-at", "08:00", "--out", "OUT.ics"),),
    "tolerate": (("DIR",), ("DIR", "--worse", "--record"), ("DIR", "--json")),
    "slips": (("make", "DIR"), ("read", "DIR"), ("lost", "DIR", "1", "--yes")),
    "packs": (("DIR",), ("DIR", "--all"), ("DIR", "--done", "materials"), ("DIR", "--again", "2")),
    "break-glass": (("DIR",), ("DIR", "--yes"), ("DIR", "--pack", "2", "--yes")),
    "log": (("DIR",), ("DIR", "--dose", "2"), ("DIR", "--event", "note", "note=hello")),
    "guess": (("DIR",), ("DIR", "--last", "helps"), ("DIR", "--treatment", "placebo")),
    "verdict": (("DIR",), ("DIR", "--json")),
}
"""What a command is given, where that is more than the folder."""

PRINTED = ("labels", "slips", "instructions", "shopping")


def shell_seen(life: Life, *, place: Path, chance: Chance, papers: bool) -> Seen:
    """Return what every command says, with which status it ends, and which files it leaves."""
    seen: Seen = {}
    for line in _lines(papers=papers):
        folder = _fresh(life, place)
        chance.begin(*line)
        words = [w.replace("DIR", str(folder)).replace("OUT", str(place / "out")) for w in line]
        done = CliRunner().invoke(main, words, obj=life.clock(), input="")
        said = " ".join(line)
        seen[f"shell {said}"] = f"{done.exit_code}\n{done.output}".encode()
        if done.exception is not None and not isinstance(done.exception, SystemExit):
            raise done.exception
        for file in sorted(p for p in place.rglob("*") if p.is_file()):
            seen[f"shell {said}: {file.relative_to(place)}"] = file.read_bytes()
    return seen


def _lines(*, papers: bool) -> Iterator[tuple[str, ...]]:
    for command in _COMMANDS:
        if command == "print":
            for what in PRINTED if papers else ():
                yield ("print", "DIR", what, "--out", "OUT.pdf")
        elif command not in ELSEWHERE:
            for words in ARGUMENTS.get(command, (("DIR",),)):
                yield (command, *words)


def _fresh(life: Life, place: Path) -> Path:
    """Return the trial's folder as Ana takes it out, with nothing beside it."""
    row = current_row(life.ana)
    assert row is not None
    shutil.rmtree(place, ignore_errors=True)
    folder = place / "trial"
    folder.mkdir(parents=True)
    for name, data in files_of(row, now=life.clock()).items():
        (folder / name).write_bytes(data)
    return folder
