"""Run a trial where nothing but the core's four packages is installed."""

from __future__ import annotations

import importlib.util
import json
import subprocess
import sys
from pathlib import Path

for name in ("altair", "vl_convert", "pandas", "matplotlib", "django", "numba"):
    assert importlib.util.find_spec(name) is None, f"{name} is installed: this proves nothing"

from ekbom.examples import example_folder  # noqa: E402 - after the check above

shell = str(Path(sys.executable).with_name("ekbom"))


def run(*arguments: str) -> str:
    return subprocess.run([shell, *arguments], check=True, capture_output=True, text=True).stdout


folder = sys.argv[1]
run("new", folder, "--protocol", "magnesium-rls-fast", "--zone", "Europe/Berlin", "--confirm-mid")
run("log", folder, "--event", "note", "note=begun")
run("check", folder)
run("simulate", folder, "--trials", "20", "--quiet")
run("medicines", "--dose-at", "22:00", "--take", "levothyroxine 07:00")
real = str(example_folder("gwern-magnesium-citrate"))
record = json.loads(run("verdict", real, "--json"))
assert record["outcomes"]["mp"]["verdict"] == "no worthwhile difference", record["outcomes"]["mp"]
assert "ekbom.report.figures" not in sys.modules
print("the core runs alone:", record["outcomes"]["mp"]["sentence"])
