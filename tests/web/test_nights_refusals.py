"""What the core refuses is said for a page: no command, no file, and never nothing."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

import ekbom
from ekbom.problem import InputError, Problem, RefusedError
from ekbom.web.keyed import KeyedForm
from ekbom.web.refusals import form_with, problems_in

ROOMS = ("trial", "safety", "design", "diary", "guide")
SHELL = re.compile(r"\bekbom [a-z]|--[a-z]|\b[Ll]og '|\b[Ll]og a|\.toml|\.csv|\[\[")


def refusals() -> Iterator[str]:
    """Yield every text that the core refuses with, its values put in."""
    folder = Path(ekbom.__file__).parent
    for room in ROOMS:
        for file in sorted((folder / room).glob("*.py")):
            tree = ast.parse(file.read_text(encoding="utf-8"))
            for node in ast.walk(tree):
                if isinstance(node, ast.Call) and ast.unparse(node.func) == "RefusedError":
                    yield from (text_of(said) for one in node.args for said in meant(one, tree))


def meant(node: ast.expr, tree: ast.Module) -> list[ast.expr]:
    """Return what an argument stands for: itself, or what the file names or returns there."""
    if isinstance(node, ast.Name):
        found = [n for n in tree.body if isinstance(n, ast.Assign | ast.AnnAssign)]
        return [n.value for n in found if n.value and node.id in ast.unparse(n).split(" =")[0]]
    if isinstance(node, ast.Call):
        name = ast.unparse(node.func)
        made = [n for n in tree.body if isinstance(n, ast.FunctionDef) and n.name == name]
        lines = [n for one in made for n in ast.walk(one) if isinstance(n, ast.Return)]
        return [n.value for n in lines if n.value] or [node]
    return [node]


def text_of(node: ast.expr) -> str:
    if isinstance(node, ast.JoinedStr):
        return "".join(text_of(part) for part in node.values)
    return node.value if isinstance(node, ast.Constant) else "2026-03-01"


def test_there_are_refusals_that_name_the_shell() -> None:
    found = list(refusals())
    assert len(found) > 40
    assert sum(bool(SHELL.search(text)) for text in found) > 10


@pytest.mark.parametrize("text", sorted(set(refusals())))
def test_no_refusal_on_a_page_names_the_shell(text: str) -> None:
    (said,) = problems_in(RefusedError(text))
    assert len(said) > 10
    assert said != "This cannot be done now."
    assert not SHELL.search(said)


@pytest.mark.parametrize(
    ("what", "do", "said"),
    [
        (
            "urge was already answered for the night of 2026-03-01",
            "To correct it, add --correct",
            "This was answered already for the night of 2026-03-01. To change it, open that "
            "night and correct it.",
        ),
        (
            "that time has not come yet",
            "Log a dose when it was taken",
            "That time has not come yet. Write a dose down after you took it.",
        ),
        ("the first is wrong", "Give --mg too, so that the two agree", "The first is wrong."),
        (
            "the night of 2026-03-01 lies before the first, 2026-03-02",
            "Mend the night",
            "The night of 2026-03-01 lies before the first, 2026-03-02. Mend the night.",
        ),
    ],
)
def test_a_problem_is_said_with_what_to_do(what: str, do: str, said: str) -> None:
    assert problems_in(InputError([Problem("this entry", 3, what, do)])) == [said]


def test_every_problem_stands_in_the_form() -> None:
    form = KeyedForm({"key": "abc"})
    problems = [
        Problem("key", None, "it is used", "Take another"),
        Problem("a file", None, "no", "Do"),
    ]
    form_with(form, InputError(problems))
    assert form.errors == {"key": ["It is used. Take another."], "__all__": ["No. Do."]}
    form_with(form, RefusedError("Not now."))
    assert form.non_field_errors() == ["No. Do.", "Not now."]


@pytest.mark.parametrize("key", ["<script>", "a b", "x" * 81])
def test_a_key_is_plain(key: str) -> None:
    assert "key" in KeyedForm({"key": key}).errors


def test_every_form_has_a_key_of_its_own() -> None:
    keys = [KeyedForm()["key"].value() for _ in range(2)]
    assert keys[0] != keys[1]
    assert KeyedForm({}).is_valid()
