"""Kills the server with SIGKILL at random moments while entries pour in, and counts what is there.

    python bench/web_kill.py --times 200

The server is the real one, started as a person starts it (`ekbom serve --no-browser`).  Phones send
what they kept, several entries at a time, each with the id that it got on the phone, and send again
whatever was not acknowledged, as their outbox does.  A night that has answers already is corrected
with what its refusal showed.  At the end every acknowledged entry must be in
the database exactly once, every other one wholly or not at all.  Ends with status 1 if any is not.
"""

from __future__ import annotations

import argparse
import http.client
import json
import os
import random
import signal
import socket
import sqlite3
import subprocess
import sys
import tempfile
import threading
import time
import uuid
from contextlib import closing, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

ITEMS = ("urge", "cramps", "minutes_to_sleep")
PHONES = 6
NIGHTS = 120
IN_START = 0.15
"""Share of the kills that come while the server still starts."""
LIFE = 0.8
"""Seconds within which the others come after its first answer."""


@dataclass
class Phone:
    """One phone, with what it has sent and what was acknowledged."""

    token: str
    account: str
    trial: str
    rng: random.Random
    csrf: tuple[str, str] = ("", "")
    sent: set[str] = field(default_factory=set)
    acknowledged: set[str] = field(default_factory=set)
    refused: list[str] = field(default_factory=list)
    again: list[dict[str, object]] = field(default_factory=list)

    def run(self, port: int, stop: threading.Event) -> None:
        """Send until told to stop; what is not acknowledged is sent again."""
        batch: list[dict[str, object]] = []
        while not stop.is_set():
            batch = batch or self._batch()
            try:
                with closing(http.client.HTTPConnection("localhost", port, timeout=20)) as line:
                    while not stop.is_set():
                        self._send(line, batch)
                        batch = self._batch()
            except (OSError, http.client.HTTPException):
                time.sleep(0.01)

    def _send(self, line: http.client.HTTPConnection, batch: list[dict[str, object]]) -> None:
        if not self.csrf[0]:
            line.request("GET", "/api/token", headers={"Cookie": f"ekbom_device={self.token}"})
            answer = line.getresponse()
            cookie = (answer.getheader("Set-Cookie") or "").split(";")[0]
            self.csrf = (json.loads(answer.read())["token"], cookie)
        self.sent.update(str(item["id"]) for item in batch)
        line.request("POST", "/api/outbox", json.dumps({"items": batch}), self._heads())
        answer = line.getresponse()
        body = answer.read()
        if answer.status == 429:
            time.sleep(0.2)
            return self._send(line, batch)
        if answer.status != 200:
            self.refused.append(f"{answer.status} {body[:200]!r}")
            return None
        for item, result in zip(batch, json.loads(body)["results"], strict=True):
            if result["status"] == "refused" and result["seen"]:
                self.again.append(self._corrected(item, result["seen"]))
            elif result["status"] == "refused":
                self.refused.append(str(result))
            else:
                self.acknowledged.add(result["id"])
        return None

    def _heads(self) -> dict[str, str]:
        token, cookie = self.csrf
        return {
            "Content-Type": "application/json",
            "Cookie": f"ekbom_device={self.token}; {cookie}",
            "X-CSRFToken": token,
        }

    def _batch(self) -> list[dict[str, object]]:
        again, self.again = self.again, []
        return again + [self._item() for _ in range(self.rng.randint(1, 5))]

    def _corrected(self, item: dict[str, object], seen: str) -> dict[str, object]:
        """Return what was refused, as the phone sends it when its person says: mine is right."""
        answers = {name: self.rng.randint(0, 10) for name in ITEMS}
        data = {"answers": answers, "correct": True, "seen": seen}
        return {**item, "id": self._id(), "data": data}

    def _id(self) -> str:
        return uuid.UUID(int=self.rng.getrandbits(128)).hex

    def _item(self) -> dict[str, object]:
        now = datetime.now(UTC)
        night = now.date() - timedelta(days=self.rng.randint(2, NIGHTS))
        answers = {name: self.rng.randint(0, 10) for name in ITEMS}
        return {
            "id": self._id(),
            "account": self.account,
            "trial": self.trial,
            "kind": "answers",
            "night": night.isoformat(),
            "instant": now.isoformat(),
            "zone": "Europe/Berlin",
            "data": {"answers": answers, "correct": True},
        }


def prepare(rng: random.Random) -> list[Phone]:
    """Make an installation in which several people keep a diary, each with one phone."""
    from ekbom.web.shell import set_up

    site = set_up()
    from django.db import connection

    from ekbom.protocol.files import built_in
    from ekbom.web.api.account import account_of
    from ekbom.web.devices.known import know_device
    from ekbom.web.models import Person
    from ekbom.web.store import begin_diary
    from ekbom.web.upgrade import prepare_database

    prepare_database(site)
    now, protocol = datetime.now(UTC), built_in("magnesium-rls-fast")
    start = now.date() - timedelta(days=NIGHTS + 10)
    phones = []
    for n in range(PHONES):
        person = Person.objects.create(username=f"person{n}")
        row = begin_diary(person, protocol=protocol, start=start, zone="Europe/Berlin", now=now)
        _, token = know_device(owner=person, name="phone", now=now)
        account = account_of(person)
        phones.append(Phone(token, account, str(row.pk), random.Random(rng.random())))
    connection.close()
    return phones


def start(data: Path, port: int) -> subprocess.Popen[bytes]:
    """Start the server as a person does."""
    command = "from ekbom.cli import main; main()"
    return subprocess.Popen(
        [
            sys.executable,
            "-c",
            command,
            "serve",
            "--no-browser",
            "--port",
            str(port),
            "--data",
            data,
        ],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
    )


def answers(port: int, process: subprocess.Popen[bytes], *, patience: float = 60.0) -> float:
    """Wait until the server answers, and return how long that took, in seconds."""
    began = time.monotonic()
    while time.monotonic() - began < patience:
        if process.poll() is not None:
            said = process.stderr.read().decode() if process.stderr else ""
            raise SystemExit(f"the server stopped by itself: {said}")
        with (
            suppress(OSError, http.client.HTTPException),
            closing(http.client.HTTPConnection("localhost", port, timeout=10)) as line,
        ):
            line.request("GET", "/signs/")
            if line.getresponse().status == 200:
                return time.monotonic() - began
        time.sleep(0.02)
    raise SystemExit("the server does not answer")


def run(data: Path, port: int, times: int, rng: random.Random) -> tuple[list[Phone], list[float]]:
    """Kill the server so often while all phones send, and return them and the times of starting."""
    phones = prepare(rng)
    stop = threading.Event()
    threads = [threading.Thread(target=p.run, args=(port, stop)) for p in phones]
    for thread in threads:
        thread.start()
    starts: list[float] = []
    try:
        for n in range(times):
            process = start(data, port)
            if starts and rng.random() < IN_START:
                time.sleep(rng.uniform(0, max(starts)))
            else:
                starts.append(answers(port, process))
                time.sleep(rng.uniform(0, LIFE))
            process.send_signal(signal.SIGKILL)
            process.wait()
            if n % 20 == 19:
                acknowledged = sum(len(p.acknowledged) for p in phones)
                print(f"{n + 1} kills, {acknowledged} acknowledged", flush=True)
    finally:
        stop.set()
        for thread in threads:
            thread.join()
    return phones, starts


def faults(data: Path, phones: list[Phone]) -> list[str]:
    """Return what is lost, half there, there twice, or from nowhere."""
    with closing(sqlite3.connect(data / "ekbom.sqlite3")) as database:
        (sound,) = database.execute("PRAGMA integrity_check").fetchone()
        entries = [row[0] for row in database.execute("SELECT entry FROM ekbom_entryrow")]
        keys = {row[0] for row in database.execute("SELECT key FROM ekbom_submission")}
    there: dict[str, list[str]] = {}
    for entry in entries:
        submission, _, item = entry.rpartition(".")
        there.setdefault(submission, []).append(item)
    sent = {id_ for phone in phones for id_ in phone.sent}
    acknowledged = {id_ for phone in phones for id_ in phone.acknowledged}
    whole = {id_ for id_, items in there.items() if sorted(items) == sorted(ITEMS)}
    found = [f"the database is not sound: {sound}"] if sound != "ok" else []
    found += [f"lost: {id_}" for id_ in acknowledged - whole]
    found += [f"half: {id_} {items}" for id_, items in there.items() if id_ not in whole]
    found += [f"from nowhere: {id_}" for id_ in there.keys() - sent]
    found += [f"not marked as taken: {id_}" for id_ in whole if id_ not in keys]
    found += [f"refused: {words}" for phone in phones for words in phone.refused]
    return found


def free_port() -> int:
    with closing(socket.socket()) as one:
        one.bind(("127.0.0.1", 0))
        port: int = one.getsockname()[1]
        return port


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--times", type=int, default=200)
    arguments.add_argument("--seed", type=int, default=20260302)
    given = arguments.parse_args()
    rng = random.Random(given.seed)
    began = time.monotonic()
    with tempfile.TemporaryDirectory() as work:
        data = Path(work) / "data"
        os.environ.update(EKBOM_DATA=str(data), EKBOM_SITE="machine", EKBOM_DATABASE="")
        phones, starts = run(data, free_port(), given.times, rng)
        found = faults(data, phones)
    sent, taken = (sum(len(getattr(p, n)) for p in phones) for n in ("sent", "acknowledged"))
    middle = sorted(starts)[len(starts) // 2]
    print(
        f"{given.times} kills in {time.monotonic() - began:.0f} s. Submissions of {len(ITEMS)} "
        f"answers: {taken} acknowledged, {sent - taken} not. A start takes {middle:.1f} s (slowest "
        f"{max(starts):.1f} s). Faults: {len(found)}"
    )
    for fault in found[:20]:
        print(fault)
    sys.exit(1 if found else 0)


if __name__ == "__main__":
    main()
