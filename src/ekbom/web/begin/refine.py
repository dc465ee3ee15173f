"""Working out what one person's very own plan could tell: beside everything else, and never long.

One subprocess at a time for an installation, at low priority, stopped after a minute.  What it
found is kept by the protocol's hash; nothing else is left behind.
"""

from __future__ import annotations

import atexit
import contextlib
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator, Mapping
from enum import Enum
from pathlib import Path
from typing import Any

from django.conf import settings

from ekbom.problem import RefusedError
from ekbom.protocol.files import content_hash, resolved, toml_text
from ekbom.protocol.model import Protocol
from ekbom.trial.files import locked
from ekbom.web.models import Setting

SECONDS = 60.0
"""How long one plan may be worked on."""

_GRACE = 8.0
"""Of these, so many are kept for writing down what was done until then."""

TRIALS = 200
"""How many virtual people live the plan for each truth."""

THREAD = "plan"
"""The name of the thread that waits for the process."""

_FOLDER = "simulation"
_RUN = "from ekbom.cli import main; main()"


class State(Enum):
    """How far a plan is."""

    DONE = "done"
    RUNNING = "running"
    WAITING = "waiting"


class Bench:
    """The one place where a plan is worked on, and what was found there and not yet kept."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._on: str = ""
        self._found: dict[str, Mapping[str, Any] | None] = {}

    def take(self, name: str) -> tuple[bool, Mapping[str, Any] | None]:
        """Return whether this plan was worked on to the end, and what was found."""
        with self._lock:
            return name in self._found, self._found.get(name)

    def begin(self, protocol: Protocol, name: str) -> State:
        """Begin with this plan, if nothing else is being worked on here."""
        with self._lock:
            if self._on:
                return State.RUNNING if self._on == name else State.WAITING
            self._on = name
        threading.Thread(target=self._work, args=(protocol, name), name=THREAD, daemon=True).start()
        return State.RUNNING

    def _work(self, protocol: Protocol, name: str) -> None:
        found: Mapping[str, Any] | None = None
        busy = False
        try:
            found = work_out(protocol, trials=TRIALS)
        except RefusedError:
            busy = True
        finally:
            with self._lock:
                self._on = ""
                if not busy:
                    self._found[name] = found


bench = Bench()


def refined(protocol: Protocol) -> tuple[State, Mapping[str, Any] | None]:
    """Return how far a plan is and what was found; begins to work on it where nobody has.

    A plan that nothing could be found of within the time is done, with nothing.
    """
    name = content_hash(protocol)
    kept = Setting.objects.filter(name=_setting(name)).first()
    if kept is not None:
        return State.DONE, json.loads(kept.value)
    over, found = bench.take(name)
    if not over:
        return bench.begin(protocol, name), None
    if found is not None:
        Setting.objects.get_or_create(name=_setting(name), defaults={"value": json.dumps(found)})
    return State.DONE, found


def work_out(
    protocol: Protocol, *, seconds: float = SECONDS, trials: int = TRIALS
) -> Mapping[str, Any] | None:
    """Return a plan's record from a subprocess of low priority; ``None`` if it was not in time.

    Raises RefusedError while another process of this installation works on a plan.
    """
    folder = Path(settings.SITE.data) / _FOLDER
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    with locked(folder), _own_place(folder) as place:
        file = place / "plan.toml"
        file.write_text(toml_text(resolved(protocol)), encoding="utf-8")
        command = ["simulate", str(file), "--json", "--quiet", "--trials", str(trials)]
        with _process(command, place) as process:
            text = _answer(process, seconds)
    try:
        record: Mapping[str, Any] = json.loads(text)
    except ValueError:
        return None
    return record


def _setting(name: str) -> str:
    return f"chances {name}"


@contextlib.contextmanager
def _own_place(folder: Path) -> Iterator[Path]:
    """Make an empty folder, gone afterwards, and take away what a crash left of an earlier one."""
    for old in folder.iterdir():
        shutil.rmtree(old, ignore_errors=True)
    with tempfile.TemporaryDirectory(dir=folder) as place:
        yield Path(place)


@contextlib.contextmanager
def _process(command: list[str], place: Path) -> Iterator[subprocess.Popen[bytes]]:
    """Run ekbom in a process that does not outlive this block."""
    single = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"), "1")
    process = subprocess.Popen(  # noqa: S603 - our own command
        [sys.executable, "-c", _RUN, *command],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        cwd=place,
        env={**os.environ, **single},
    )
    # The thread that waits here is gone without a word when the server stops.
    atexit.register(process.kill)
    try:
        if sys.platform != "win32":
            os.setpriority(os.PRIO_PROCESS, process.pid, 19)
        yield process
    finally:
        atexit.unregister(process.kill)
        process.kill()
        process.wait()


def _answer(process: subprocess.Popen[bytes], seconds: float) -> bytes:
    """Return what the process says; near the end of its time it is asked for what it has."""
    grace = min(_GRACE, seconds / 2)
    try:
        return process.communicate(timeout=seconds - grace)[0]
    except subprocess.TimeoutExpired:
        if sys.platform != "win32":
            process.send_signal(signal.SIGINT)
    try:
        return process.communicate(timeout=grace)[0]
    except subprocess.TimeoutExpired:
        process.kill()
        return process.communicate()[0]
