"""The docs say what the code does."""

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from ekbom.cli import main
from ekbom.examples import example_folder

ROOT = Path(__file__).parents[2]
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").glob("*.md")])


def test_generated_pages_are_what_the_code_generates() -> None:
    done = subprocess.run(
        [sys.executable, ROOT / "docs/generate.py", "--check"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.stderr, done.returncode) == ("", 0)


@pytest.mark.parametrize("page", PAGES, ids=lambda p: p.name)
def test_every_link_leads_to_a_file(page: Path) -> None:
    links = re.findall(r"\]\(([^)#]+)[^)]*\)", page.read_text(encoding="utf-8"))
    missing = [x for x in links if not x.startswith("http") and not (page.parent / x).exists()]
    assert missing == []


@pytest.mark.parametrize("page", PAGES, ids=lambda p: p.name)
def test_every_test_and_bench_file_that_a_page_names_exists(page: Path) -> None:
    named = re.findall(r"`((?:tests|bench|docs|src)/[\w/*.-]+)`", page.read_text(encoding="utf-8"))
    assert [name for name in named if not list(ROOT.glob(name))] == []


def _keys(record: object) -> set[str]:
    if isinstance(record, dict):
        return set(record) | {k for value in record.values() for k in _keys(value)}
    if isinstance(record, list):
        return {k for value in record for k in _keys(value)}
    return set()


def test_every_key_of_the_verdict_record_is_documented() -> None:
    folder = example_folder("gwern-magnesium-citrate")
    result = CliRunner().invoke(main, ["verdict", str(folder), "--outcome", "mp", "--json"])
    record = json.loads(result.stdout)
    record["outcomes"] = list(record["outcomes"].values())
    page = (ROOT / "docs/verdict-json.md").read_text(encoding="utf-8")
    documented = set(re.findall(r"`(\w+)`", page))
    assert _keys(record) - documented == set()


def test_readme_marks_its_two_commands() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    found = re.findall(r"<!-- (run|test) -->\n```sh\n(.+)\n```", readme)
    assert found == [
        ("run", "pip install uv && uv run ekbom demo"),
        ("test", "uv run pytest"),
    ]
