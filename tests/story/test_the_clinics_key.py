"""The clinic's web process has the public half of a key alone, and cannot open an order with it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from ekbom.trial.sealed import open_sealed
from sealed_trials import BEN, BENS_KEY, sealed
from trials import plain_protocol

_PROCESS = """
import sys
from datetime import UTC, datetime
from pathlib import Path
from ekbom.problem import InputError, RefusedError
from ekbom.trial.folder import open_trial
from ekbom.trial.sealed import open_sealed
from ekbom.trial.sealing import Key
from ekbom.trial.blinding import blinding_of

trial = open_trial(Path(sys.argv[1]), now=datetime(2026, 3, 4, tzinfo=UTC))
for kind in ("identity", "recovery", "passphrase"):
    try:
        open_sealed(trial, key=Key(kind, sys.argv[2]))
        print("opened")
    except (InputError, RefusedError):
        print("refused")
try:
    print(blinding_of(trial).open(trial=trial))
except RefusedError:
    print("refused")
"""


def test_a_process_with_the_public_key_alone_cannot_open_what_it_sealed(tmp_path: Path) -> None:
    trial = sealed(tmp_path / "t", plain_protocol(blinding="clinic"))
    done = subprocess.run(
        [sys.executable, "-c", _PROCESS, str(trial.path), str(BEN.to_public())],
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.splitlines() == ["refused"] * 4
    assert len(open_sealed(trial, key=BENS_KEY).treatments) == 8
