r"""How many diary posts a second are taken, how quickly a night's page answers, and its weight.

The real server runs in a process of its own with the diaries of 200 people; a morning form is
posted at a steady rate, whether or not the one before was answered.  Afterwards the entries in the
database are counted.

    uv run python bench/web_load.py --rate 20 --check
    EKBOM_PG_DURABLE=on .ci/with-postgres \
        uv run --group database python bench/web_load.py --rate 50 --check
"""

from __future__ import annotations

import argparse
import http.client
import itertools
import os
import queue
import re
import subprocess
import sys
import tempfile
import threading
import time
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from ekbom.trial.folder import Trial

PAGE_BYTES, PAGE_SECONDS = 100_000, 0.1
ANSWERS = {"urge": "4", "minutes_to_sleep": "20", "cramps": "2", "loose_stools": "0"}
PORT = 8765


@dataclass(frozen=True, slots=True)
class Diarist:
    """Somebody with a diary, and the cookies of their browser."""

    cookies: str
    csrf: str


def main() -> None:
    arguments = read_arguments()
    with tempfile.TemporaryDirectory() as data:
        os.environ |= {"EKBOM_DATA": data, "DJANGO_SETTINGS_MODULE": "ekbom.web.settings"}
        now, nights, tokens = fill(arguments.people, arguments.nights)
        before = count()
        server = serve(now)
        try:
            people = [enter(token, nights[0]) for token in tokens]
            pages = weigh(people, nights[-1])
            posts = pour(people, nights, rate=arguments.rate, seconds=arguments.seconds)
        finally:
            server.terminate()
            server.wait()
        ok = report(pages, posts, count() - before, arguments)
    sys.exit(1 if arguments.check and not ok else 0)


def read_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--people", type=int, default=200)
    parser.add_argument("--rate", type=float, default=20, help="posts a second")
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--check", action="store_true", help="exit 1 where a bar is missed")
    arguments = parser.parse_args()
    arguments.nights = int(arguments.rate * arguments.seconds / arguments.people) + 2
    return arguments


def fill(people: int, nights: int) -> tuple[datetime, list[date], list[str]]:
    """Give everybody a trial without its last nights; return the morning after, and the secrets."""
    import django

    django.setup()
    from django.core.management import call_command

    from ekbom.simulation.folder import demonstration
    from ekbom.web.devices.known import know_device
    from ekbom.web.models import Person
    from ekbom.web.store import bring_in

    call_command("migrate", verbosity=0)
    call_command("collectstatic", interactive=False, verbosity=0)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "trial"
        trial, _ = demonstration(path=path, zone="Europe/Berlin", rng=np.random.default_rng(1))
        last = trial.calendar().last
        open_nights = [last - timedelta(days=n) for n in range(nights)]
        trial = until(trial, min(open_nights))
        now = datetime(last.year, last.month, last.day, 8, tzinfo=UTC) + timedelta(days=1)
        tokens = []
        for number in range(people):
            person = Person.objects.create(username=f"person-{number}")
            bring_in(person, trial=trial, now=now)
            tokens.append(know_device(owner=person, name="bench", now=now)[1])
    return now, open_nights, tokens


def count() -> int:
    from ekbom.web.models import EntryRow

    return EntryRow.objects.count()


def until(trial: Trial, first: date) -> Trial:
    return replace(trial, entries=tuple(e for e in trial.entries if e.night < first))


def serve(now: datetime) -> subprocess.Popen[bytes]:
    code = (
        "import sys; from datetime import datetime; from waitress import serve;"
        "from ekbom.web.application import application;"
        "now = datetime.fromisoformat(sys.argv[1]);"
        "serve(application(clock=lambda: now), host='127.0.0.1', port=int(sys.argv[2]), threads=8)"
    )
    server = subprocess.Popen([sys.executable, "-c", code, now.isoformat(), str(PORT)])
    for _ in range(200):
        try:
            ask("GET", "/signs/", "")
        except OSError:
            time.sleep(0.1)
        else:
            return server
    raise SystemExit("the server did not start")


def ask(
    method: str, path: str, cookies: str, body: str | None = None, connection: object = None
) -> tuple[int, bytes, str]:
    line = connection or http.client.HTTPConnection("localhost", PORT, timeout=30)
    assert isinstance(line, http.client.HTTPConnection)
    headers = {"Cookie": cookies, "Host": f"localhost:{PORT}"}
    if body is not None:
        headers |= {
            "Content-Type": "application/x-www-form-urlencoded",
            "Origin": f"http://localhost:{PORT}",
        }
    line.request(method, path, body, headers)
    answer = line.getresponse()
    return answer.status, answer.read(), answer.headers.get("Set-Cookie") or ""


def enter(token: str, night: date) -> Diarist:
    cookie = f"ekbom_device={token}"
    status, page, cookies = ask("GET", f"/nights/{night}/morning/", cookie)
    found = re.search(rb'name="csrfmiddlewaretoken" value="([^"]+)"', page)
    secret = re.search(r"ekbom_csrf=([^;]+)", cookies)
    if found is None or secret is None:
        raise SystemExit(f"the morning's form was not there: {status}")
    return Diarist(f"{cookie}; ekbom_csrf={secret[1]}", found[1].decode())


def weigh(people: list[Diarist], night: date) -> dict[str, tuple[list[float], int]]:
    """Ask for each page once for everybody, so that every diary is read for the first time."""
    found = {}
    for path in ("/tonight/", f"/nights/{night}/morning/", f"/nights/{night}/evening/"):
        seconds, weight = [], 0
        for person in people:
            start = time.perf_counter()
            status, page, _ = ask("GET", path, person.cookies)
            seconds.append(time.perf_counter() - start)
            assert status == 200, (path, status)
            weight = max(weight, len(page))
        found[path.rsplit("/", 2)[-2]] = (seconds, weight)
    return found


def pour(
    people: list[Diarist], nights: list[date], *, rate: float, seconds: float
) -> list[tuple[int, float]]:
    """Post one form after the other at a steady rate; return the status and seconds of each."""
    due: queue.Queue[tuple[float, Diarist, date] | None] = queue.Queue()
    found: list[tuple[int, float]] = []
    workers = [threading.Thread(target=work, args=(due, found)) for _ in range(8)]
    for worker in workers:
        worker.start()
    begin = time.perf_counter()
    forms = itertools.product(nights[:-1], people)
    for number, (night, person) in enumerate(itertools.islice(forms, int(rate * seconds))):
        at = begin + number / rate
        time.sleep(max(0.0, at - time.perf_counter()))
        due.put((at, person, night))
    for _ in workers:
        due.put(None)
    for worker in workers:
        worker.join()
    return found


def work(
    due: queue.Queue[tuple[float, Diarist, date] | None], found: list[tuple[int, float]]
) -> None:
    line = http.client.HTTPConnection("localhost", PORT, timeout=30)
    while (form := due.get()) is not None:
        at, person, night = form
        fields = {"csrfmiddlewaretoken": person.csrf, "key": os.urandom(16).hex(), **ANSWERS}
        body = "&".join(f"{name}={value}" for name, value in fields.items())
        try:
            path = f"/nights/{night}/morning/"
            status, _, _ = ask("POST", path, person.cookies, body, line)
        except OSError:
            status, line = 0, http.client.HTTPConnection("localhost", PORT, timeout=30)
        found.append((status, time.perf_counter() - at))


def report(
    pages: dict[str, tuple[list[float], int]],
    posts: list[tuple[int, float]],
    entries: int,
    arguments: argparse.Namespace,
) -> bool:
    from django.db import connection

    from ekbom.web.models import Submission

    ok = True
    for name, (seconds, weight) in pages.items():
        late = float(np.quantile(seconds, 0.95))
        print(f"{name}: {weight:,} bytes; p50 {np.median(seconds):.3f} s, p95 {late:.3f} s")
        ok &= weight < PAGE_BYTES and late < PAGE_SECONDS
    taken = sum(status == 302 for status, _ in posts)
    waited = [seconds for _, seconds in posts]
    print(
        f"{connection.vendor}: {len(posts)} posts at {arguments.rate:g} a second; {taken} "
        f"acknowledged, {Submission.objects.count()} kept with {entries} answers; from due to "
        f"answered p50 {np.median(waited):.3f} s, p95 {np.quantile(waited, 0.95):.3f} s, "
        f"longest {max(waited):.3f} s"
    )
    whole = entries == taken * len(ANSWERS)
    return ok and whole and taken == len(posts) == Submission.objects.count()


if __name__ == "__main__":
    main()
