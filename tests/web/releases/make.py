"""Makes the installation that a release leaves behind, for later releases to open.

    python tests/web/releases/make.py

Nobody's data are in it: a simulated person finished one trial and is in the middle of another.
Run it once, just before a release; what was made is never made again.
"""

from __future__ import annotations

import gzip
import json
import os
import shutil
import sys
import tempfile
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))
HERE = Path(__file__).parent


def main() -> None:
    with tempfile.TemporaryDirectory() as work:
        os.environ["EKBOM_DATA"] = f"{work}/data"
        from ekbom.web.shell import set_up

        site = set_up()
        from django.db import connection

        from ekbom import __version__
        from ekbom.web import present
        from ekbom.web.upgrade import prepare_database

        now = datetime(2026, 3, 20, 8, tzinfo=UTC)
        present.use(lambda: now)
        prepare_database(site)
        to = HERE / ".".join(__version__.split(".")[:2])
        to.mkdir(exist_ok=True)
        _live(Path(work), to, now)
        connection.close()
        database = (site.data / "ekbom.sqlite3").read_bytes()
        (to / "ekbom.sqlite3.gz").write_bytes(gzip.compress(database, mtime=0))
        print(f"made {to}")


def _live(work: Path, to: Path, now: datetime) -> None:
    import numpy as np

    from ekbom.analysis.verdict import reach_verdict
    from ekbom.protocol.files import built_in
    from ekbom.report.record import verdict_record
    from ekbom.simulation.folder import demonstrated, simulate_trial
    from ekbom.trial.additions import add_answers, add_event
    from ekbom.web.data.archive import pack
    from ekbom.web.devices.known import me
    from ekbom.web.store import bring_in, change, close, current_row, files_of, register

    fast = built_in("magnesium-rls-fast")
    trial = simulate_trial(
        path=work / "finished",
        protocol=fast,
        participant=demonstrated(),
        rng=np.random.default_rng(20260320),
        start=date(2025, 1, 6),
        zone="Europe/Berlin",
    )
    finished = bring_in(me(), trial=trial, now=now - timedelta(days=30))
    close(finished, now=now)
    (to / "finished.zip").write_bytes(pack(files_of(finished, now=now)))
    record = verdict_record(reach_verdict(trial=trial, now=now))
    (to / "verdict.json").write_text(json.dumps(record, indent=1), encoding="utf-8")
    first = date(2026, 3, 1)
    running = register(me(), protocol=fast, start=first, zone="Europe/Berlin", now=now)
    for n in range(18):
        answers = {"urge": float(n % 7), "minutes_to_sleep": 5.0 * n}
        night = first + timedelta(days=n)
        change(running, lambda t: add_answers(t, night=night, answers=answers, now=now), now=now)  # noqa: B023
    note = {"note": "a cold"}
    change(running, lambda t: add_event(t, kind="deviation", detail=note, now=now), now=now)
    (to / "running.zip").write_bytes(pack(files_of(current_row(me()), now=now)))
    shutil.rmtree(work / "finished")


if __name__ == "__main__":
    main()
