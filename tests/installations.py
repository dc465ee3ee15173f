"""A whole installation in a folder of its own, as a person has it, and commands run in it."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

_HERE = Path(__file__).parent

_BEFORE = """
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from ekbom.web.shell import set_up
site = set_up()
from ekbom.web import present
now = datetime(2026, 3, 20, 8, tzinfo=UTC)
present.use(lambda: now)
from django.db import connection
from ekbom.protocol.files import built_in
from ekbom.trial.additions import add_answers, add_event
from ekbom.web.devices.known import know_device, me
from ekbom.web.models import *
from ekbom.web.store import *
from ekbom.web.upgrade import prepare_database
FAST, FIRST = built_in("magnesium-rls-fast"), date(2026, 3, 1)
def answer(row, night, note="", **answers):
    change(row, lambda t: add_answers(t, night=night, answers=answers, now=now), now=now)
    if note:
        detail = {"note": note}
        change(row, lambda t: add_event(t, kind="side effect", detail=detail, now=now), now=now)
def registered():
    return register(me(), protocol=FAST, start=FIRST, zone="Europe/Berlin", now=now)
"""


@dataclass(frozen=True)
class Installation:
    """An installation of ekbom; ``database`` is empty for SQLite."""

    data: Path
    database: str = ""

    @property
    def environ(self) -> dict[str, str]:
        found = {**os.environ, "EKBOM_DATA": str(self.data), "EKBOM_DATABASE": self.database}
        paths = [str(_HERE), *filter(None, [os.environ.get("PYTHONPATH", "")])]
        found |= {"PYTHONPATH": os.pathsep.join(paths), "EKBOM_SITE": "machine"}
        found.pop("DJANGO_SETTINGS_MODULE", None)
        return found

    def shell(self, *arguments: object, typed: str = "") -> subprocess.CompletedProcess[str]:
        """Run a command of the shell in it."""
        return self._run("from ekbom.cli import main; main()", *arguments, typed=typed)

    def python(self, code: str, *arguments: object) -> str:
        """Run code with its application set up, and return what it prints; it must not fail."""
        done = self._run(_BEFORE + code, *arguments)
        assert done.returncode == 0, done.stderr
        return done.stdout

    def open(self, *arguments: str) -> subprocess.Popen[str]:
        """Begin a command of the shell that asks something."""
        return subprocess.Popen(
            [sys.executable, "-c", "from ekbom.cli import main; main()", *arguments],
            env=self.environ,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def _run(
        self, code: str, *arguments: object, typed: str = ""
    ) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-c", code, *map(str, arguments)],
            env=self.environ,
            input=typed,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
