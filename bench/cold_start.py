"""A fresh process to a verdict: `ekbom --help` and `ekbom verdict` beside the bare imports.

    OMP_NUM_THREADS=1 python bench/cold_start.py

The trial is a simulated one of 126 nights and nine outcomes; its verdict runs every sensitivity
analysis.  The bars: help in half a second, verdict in one, on NumPy and SciPy alone.  Best of
several runs, wall time; the last line shows what the libraries' own imports take of it.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

from ekbom.simulation.folder import demonstration

RUNS = 7
IMPORTS = "import numpy, scipy.special, pydantic.types, click"


def best(*command: str) -> float:
    """Return the shortest of several wall times of a command, seconds."""
    seconds = []
    for _ in range(RUNS):
        start = time.perf_counter()
        subprocess.run(command, check=True, capture_output=True)
        seconds.append(time.perf_counter() - start)
    return min(seconds)


def main() -> int:
    """Print the table and return 1 if a bar is missed."""
    shell = str(Path(sys.executable).with_name("ekbom"))
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "trial"
        demonstration(path=path, zone="UTC", rng=np.random.Generator(np.random.PCG64(1945)))
        verdict = best(shell, "verdict", str(path), "--json")
    told = best(shell, "--help")
    print(f"ekbom --help             {told:.2f} s (bar 0.5 s)")
    print(f"ekbom verdict --json     {verdict:.2f} s (bar 1 s)")
    print(f"python -c '{IMPORTS}'  {best(sys.executable, '-c', IMPORTS):.2f} s")
    return int(told > 0.5 or verdict > 1.0)


if __name__ == "__main__":
    sys.exit(main())
