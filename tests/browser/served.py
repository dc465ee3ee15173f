"""The real application under waitress, in a process of its own, for tests in a browser.

    with serve(tmp_path) as site:
        site.clock.set("2026-03-01T21:00+01:00")
        site.do("browser.people:registered")       # prepares the database, in a process too
        page.goto(site.url)

Its clock is a file that the test writes; its data are in a folder of the test.  `stop` and `start`
take the network away and give it back, at the same address.
"""

from __future__ import annotations

import atexit
import functools
import json
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

TESTS = Path(__file__).parent.parent
CHROMIUM = "/usr/bin/chromium"
FLAGS = ["--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking"]
BEGIN = datetime(2026, 3, 1, 20, 0, tzinfo=UTC)


@dataclass
class ClockFile:
    """The application's clock: a file that says what time it is."""

    path: Path

    def __call__(self) -> datetime:
        return datetime.fromisoformat(self.path.read_text(encoding="ascii"))

    def set(self, instant: str | datetime) -> datetime:
        """Show an instant, written as 2026-03-01T21:00+01:00."""
        now = datetime.fromisoformat(instant) if isinstance(instant, str) else instant
        # Replaced whole, as the server may read it at any moment.
        new = self.path.with_suffix(".new")
        new.write_text(now.astimezone(UTC).isoformat(), encoding="ascii")
        new.replace(self.path)
        return now

    def on(self, **spans: float) -> datetime:
        """Move on by so many days, hours, minutes."""
        return self.set(self() + timedelta(**spans))


@dataclass
class Served:
    """A running application."""

    data: Path
    clock: ClockFile
    port: int
    hosts: tuple[str, ...] = ()
    running: subprocess.Popen[bytes] | None = field(default=None)

    @property
    def url(self) -> str:
        """Return its address."""
        return f"http://localhost:{self.port}"

    def environment(self) -> dict[str, str]:
        """Return what its processes find in their environment."""
        own = {
            "EKBOM_DATA": str(self.data),
            "EKBOM_HOSTS": ",".join(self.hosts),
            "DJANGO_SETTINGS_MODULE": "ekbom.web.settings",
            "PYTHONPATH": str(TESTS),
        }
        return {**os.environ, **own}

    def do(self, function: str, **arguments: Any) -> Any:
        """Call ``module:function`` with the application set up and return what it returns.

        ``now`` is given to it, beside the arguments; both ways only what JSON has.
        """
        told = subprocess.run(
            [*_python("do"), str(self.clock.path), function, json.dumps(arguments)],
            env=self.environment(),
            check=True,
            capture_output=True,
            timeout=120,
        )
        return json.loads(told.stdout.splitlines()[-1])

    def device(self, name: str = "Ana's phone") -> dict[str, str]:
        """Make a device known and return its cookie, as a browser context takes it."""
        token = self.do("browser.served:know", name=name)
        return {"name": "ekbom_device", "value": token, "url": self.url}

    def start(self) -> None:
        """Let it answer."""
        command = [*_python("run"), str(self.clock.path), str(self.port)]
        with (self.data / "server.log").open("ab") as log:
            self.running = subprocess.Popen(command, env=self.environment(), stdout=log, stderr=log)
        for _ in range(300):
            try:
                urllib.request.urlopen(f"{self.url}/sw.js", timeout=5).close()
            except urllib.error.HTTPError:
                return
            except OSError:
                time.sleep(0.1)
            else:
                return
        raise AssertionError((self.data / "server.log").read_text(encoding="utf-8"))

    def stop(self) -> None:
        """Let it answer no more, as without a network."""
        if self.running is not None:
            self.running.kill()
            self.running.wait()
            self.running = None


@contextmanager
def serve(folder: Path, *, hosts: tuple[str, ...] = ()) -> Iterator[Served]:
    """Run the application with its data in ``folder``; ``hosts`` are further names of it."""
    folder.mkdir(parents=True, exist_ok=True)
    clock = ClockFile(folder / "clock")
    clock.set(BEGIN)
    site = Served(folder / "data", clock, _free_port(), hosts)
    shutil.copytree(_prepared(), site.data)
    site.start()
    try:
        yield site
    finally:
        site.stop()


@functools.cache
def _prepared() -> Path:
    """Return a folder with an empty database and the static files, made once."""
    folder = Path(tempfile.mkdtemp(prefix="ekbom-prepared-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    site = Served(folder / "data", ClockFile(folder / "clock"), 0)
    site.data.mkdir()
    site.clock.set(BEGIN)
    site.do("browser.served:prepare")
    return site.data


def prepare(*, now: datetime) -> None:
    """Make the database and the static files."""
    from django.core.management import call_command

    call_command("migrate", verbosity=0)
    call_command("collectstatic", interactive=False, verbosity=0)


def know(*, name: str, now: datetime) -> str:
    """Make a device known and return its secret."""
    from ekbom.web.devices.known import know_device, me

    return know_device(owner=me(), name=name, now=now)[1]


def _python(part: str) -> list[str]:
    return [sys.executable, "-m", "browser.served", part]


def _free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        port: int = found.getsockname()[1]
        return port


def _run(clock: ClockFile, port: int) -> None:
    import waitress

    from ekbom.web.application import application

    waitress.serve(application(clock=clock), host="127.0.0.1", port=port, threads=4)


def _do(clock: ClockFile, function: str, arguments: dict[str, Any]) -> None:
    from importlib import import_module

    from ekbom.web.application import application

    application(clock=clock)
    module, _, name = function.partition(":")
    print(json.dumps(getattr(import_module(module), name)(now=clock(), **arguments)))


if __name__ == "__main__":
    part, clock_file, *others = sys.argv[1:]
    file = ClockFile(Path(clock_file))
    if part == "run":
        _run(file, int(others[0]))
    else:
        _do(file, others[0], json.loads(others[1]))
