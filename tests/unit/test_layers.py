"""The rooms keep their one direction, and the core stays light."""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]

_CORE = """
import importlib, pkgutil, sys
import ekbom
rooms = ("evidence", "protocol", "design", "diary", "trial", "analysis", "safety",
         "simulation", "guide", "examples")
for room in rooms:
    package = importlib.import_module(f"ekbom.{room}")
    for module in pkgutil.walk_packages(package.__path__, f"ekbom.{room}."):
        if not module.name.startswith("ekbom.analysis.compiled."):  # needs the extra `fast`
            importlib.import_module(module.name)
heavy = {"altair", "vl_convert", "click", "pandas", "django", "scipy.stats", "scipy.optimize",
         "numba", "distributed"}
print(sorted(heavy & set(sys.modules)))
"""


def test_import_linter_keeps_every_contract() -> None:
    lint = Path(sys.executable).with_name("lint-imports")
    done = subprocess.run(
        [lint, "--no-cache"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout


def test_core_imports_neither_charts_nor_shell_nor_slow_libraries() -> None:
    done = subprocess.run([sys.executable, "-c", _CORE], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
