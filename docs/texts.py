"""Every text that a person reads: where it stands in code, templates and tables."""

from __future__ import annotations

import ast
import functools
import io
import re
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from babel.messages.extract import extract_python
from django.utils.translation.template import templatize

from ekbom import language
from ekbom.analysis.decision import WORDS
from ekbom.evidence.facts import CERTAINTIES
from ekbom.safety.questions import RESULTS
from ekbom.safety.rescreening import DECISIONS

SOURCE = Path(language.__file__).parent

CALLS: Mapping[str, tuple[int, ...]] = {
    "say": (0,),
    "say_n": (0, 1),
    "_": (0,),
    "gettext": (0,),
    "gettext_lazy": (0,),
    "ngettext": (0, 1),
    "ngettext_lazy": (0, 1),
    "pgettext": (0, 1),
    "pgettext_lazy": (0, 1),
}
"""Which arguments of which function are texts; the first one of `pgettext` is its context."""

TABLES: Mapping[str, Mapping[str, tuple[str, ...]]] = {
    "evidence/claims.toml": {"claim": ("paraphrase", "summary")},
    "evidence/interactions.toml": {"interaction": ("name", "others", "note")},
    "evidence/limits.toml": {"limit": ("name", "text", "body")},
    "evidence/notes.toml": {"note": ("text",)},
    "evidence/omissions.toml": {"omission": ("text",)},
    "evidence/salts.toml": {"salt": ("name",)},
    "safety/changes.toml": {
        "change": ("text", "reason", "bring", "too_long", "over", "harmless", "judged")
    },
    "safety/preparation.toml": {"sizes": ("source",), "powder": ("source",)},
    "safety/questions.toml": {
        "question": ("section", "text", "unit", "words", "bring", "unknown"),
        "question.rule": ("reason",),
    },
    "safety/signs.toml": {"sign": ("wording", "if_worse")},
    "safety/tolerability_rules.toml": {"tolerability_rule": ("text", "with_item", "note", "ends")},
    "trial/packing.toml": {"step": ("title", "materials", "do", "why", "wrong")},
    "protocol/built_in/*.toml": {
        "": ("title", "summary"),
        "treatments": ("name", "label"),
        "outcomes": ("label", "question", "mid_note"),
        "side_effects": ("id", "question"),
        "dose": ("substance",),
    },
}
"""Which fields of which tables a person reads; an ``id`` is read with spaces."""

NAMES: tuple[str, ...] = (
    *WORDS,
    *RESULTS,
    *DECISIONS,
    *(word.replace("_", " ") for word in CERTAINTIES),
    *("baseline", "titration", "waiting", "washout", "randomised", "paused"),
    *("open", "helper", "alone", "clinic"),
    *("pairs", "blocks", "counterbalanced", "complete", "fixed", "start points"),
    *("primary", "secondary", "unknown"),
    *("capsule", "scoop", "gram"),
    *("side effects", "lack of benefit", "taken", "not taken", "smaller", "larger"),
)
"""Words that the core has as values and a person reads."""

UNITS = ("points", "minutes", "levels", "times")
"""Units of outcomes; one of them is without its s."""

MADE: Mapping[str, tuple[str, ...]] = {
    "analysis/case.py": ("NOT_DRAWN", "NO_REPORTS", "ONE_SIDED"),
    "analysis/history.py": ("Check", "effect"),
    "analysis/judgement.py": ("Check", "effect"),
    "analysis/observations.py": ("TooFewNightsError",),
    "analysis/period_verdict.py": ("Check", "reason"),
    "analysis/randomisation.py": ("ONE_ORDER",),
    "analysis/randomisation_nightly.py": ("NO_SPREAD", "FEW_NIGHTS", "NO_CONTRAST"),
    "analysis/sensitivity.py": ("words", "said"),
}
"""Where the core finishes a sentence itself: the names it is given to, and the calls it is in."""

RETOLD = (
    "You did not know: {0}",
    "it has {0}, which no code has",
    "Look at it again",
    "it has {0} letters and digits, not {1}",
    "Type all of them",
    "one of its letters or digits is wrong",
    "Compare it one by one",
    "{0} is a code, but none of this trial's slips has it",
    "Look whether the slip belongs to another trial",
    "its code was read for another pack too, pack {0}",
    "Every slip has a code of its own. Read both packs again",
    "its slip belongs to pair {0}, and the pack to pair {1}",
    "its slip says the same as that of pack {0}: {1}",
    "A pair of packs has one of each kind. Read both again, and compare the capsules in their "
    "envelopes. If it is so, this order was not drawn by the plan, and the trial can have no "
    "verdict",
    "Pack {0} was read before, with another code.",
    "Look at its slip once more.",
    "this is not the code of a pack",
    "Scan the label on the pack",
    "this pack belongs to another trial",
    "Take the pack of this trial",
    "this is not the code of a slip",
    "Scan the slip, or type its code",
)
"""Further sentences that the core finishes."""

REFUSALS: Mapping[str, slice] = {"Problem": slice(2, 4), "RefusedError": slice(0, 1)}
"""Which arguments say what is wrong and what to do, in the rooms that pages ask."""
REFUSING = ("protocol", "design", "diary", "trial", "safety", "guide")
_SHELL = re.compile(r"\bekbom [a-z]|--[a-z]|log '")
_LEAST = 8
"""Least letters of its own that tell a finished sentence from any other."""


class Found(NamedTuple):
    """One text: its context, its English (one and many where it counts), and where it stands."""

    context: str | None
    text: str | tuple[str, str]
    file: str


@functools.cache
def texts() -> tuple[Found, ...]:
    """Return every text that a person reads, each once, in the order of its first place."""
    found = [
        *(Found(language.FORMAT, text, "") for text in (language.NUMBERS, language.DATES)),
        *_of_code(),
        *_of_templates(),
        *_of_tables(),
        *(Found(None, name, "") for name in NAMES),
        *(Found(None, (unit.removesuffix("s"), unit), "") for unit in UNITS),
        *_of_core(),
    ]
    first: dict[tuple[str | None, str], Found] = {}
    for one in found:
        key = (one.context, one.text if isinstance(one.text, str) else one.text[0])
        known = first.setdefault(key, one)
        if isinstance(known.text, str) and not isinstance(one.text, str):
            first[key] = one
    return tuple(first.values())


def _of_code() -> Iterator[Found]:
    for path in sorted(SOURCE.rglob("*.py")):
        file = path.relative_to(SOURCE).as_posix()
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call):
                yield from _of_call(node, file)
            elif isinstance(node, ast.AnnAssign) and node.value and _is_text(node.annotation):
                yield from (Found(None, text, file) for text in _strings(node.value))


def _of_call(node: ast.Call, file: str) -> Iterator[Found]:
    name = _name(node.func)
    if name not in CALLS or len(node.args) <= max(CALLS[name]):
        return
    found = [list(_strings(node.args[place])) for place in CALLS[name]]
    if len(found) == 1:
        yield from (Found(None, text, file) for text in found[0])
    elif all(found) and name.startswith("pgettext"):
        yield Found(found[0][0], found[1][0], file)
    elif all(found):
        yield Found(None, (found[0][0], found[1][0]), file)


def _is_text(annotation: ast.expr) -> bool:
    return any(isinstance(n, ast.Name) and n.id == "Text" for n in ast.walk(annotation))


def _name(node: ast.expr) -> str:
    return node.id if isinstance(node, ast.Name) else getattr(node, "attr", "")


def _strings(node: ast.expr | None) -> Iterator[str]:
    """Yield the texts of an expression: itself, both ways of a choice, the values of a table."""
    match node:
        case ast.Constant(value=str(text)) if text:
            yield text
        case ast.JoinedStr():
            yield _template(node)
        case ast.IfExp(body=one, orelse=other):
            yield from [*_strings(one), *_strings(other)]
        case ast.Dict(values=values) | ast.Tuple(elts=values) | ast.List(elts=values):
            yield from (text for value in values for text in _strings(value))


def _template(node: ast.JoinedStr) -> str:
    """Return an f-string with {0}, {1} for what it puts in."""
    parts, count = [], 0
    for part in node.values:
        if isinstance(part, ast.Constant):
            parts.append(str(part.value))
        else:
            parts.append(f"{{{count}}}")
            count += 1
    return "".join(parts)


def _of_core() -> Iterator[Found]:
    for file, names in MADE.items():
        tree = ast.parse((SOURCE / file).read_text(encoding="utf-8"))
        for node in ast.walk(tree):
            yield from (Found(language.MADE, text, file) for text in _made(node, names))
    yield from (Found(language.MADE, text, "") for text in RETOLD)
    for room in REFUSING:
        for path in sorted((SOURCE / room).rglob("*.py")):
            yield from _refused(path)


def _refused(path: Path) -> Iterator[Found]:
    """Yield what a file refuses in words that a page can show."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Call) and _name(node.func) in REFUSALS:
            for argument in node.args[REFUSALS[_name(node.func)]]:
                for text in _strings(argument):
                    own = re.sub(r"\{\d+\}|\W", "", text)
                    if len(own) >= _LEAST and not _SHELL.search(text):
                        file = path.relative_to(SOURCE).as_posix()
                        yield Found(language.MADE, text, file)


def _made(node: ast.AST, names: tuple[str, ...]) -> Iterator[str]:
    match node:
        case ast.Assign(targets=[ast.Name(id=name)], value=value) if name in names:
            found = list(_strings(value))
        case ast.keyword(arg=str(name), value=value) if name in names:
            found = list(_strings(value))
        case ast.Call(func=func, args=[*_, last]) if _name(func) in names:
            found = list(_strings(last))
        case _:
            return
    for text in found:
        yield text.removeprefix("none: ")
        if text.startswith("but not if: "):
            yield text.removeprefix("but not if: ")


def _of_templates() -> Iterator[Found]:
    folder = SOURCE / "web" / "templates"
    for path in sorted([*folder.rglob("*.html"), *folder.rglob("*.txt")]):
        file = path.relative_to(SOURCE).as_posix()
        code = templatize(path.read_text(encoding="utf-8"), origin=file)
        keywords = {"gettext": None, "_": None, "ngettext": None, "pgettext": None}
        for _, name, text, _ in extract_python(io.BytesIO(code.encode()), keywords, (), {}):
            yield _of_template(name, [text] if isinstance(text, str) else list(text), file)


def _of_template(name: str, texts: list[str], file: str) -> Found:
    found = [text for text in texts if text]
    if name == "pgettext":
        return Found(found[0], found[1], file)
    return Found(None, (found[0], found[1]) if name == "ngettext" else found[0], file)


def _of_tables() -> Iterator[Found]:
    for pattern, tables in TABLES.items():
        for path in sorted(SOURCE.glob(pattern)):
            file = path.relative_to(SOURCE).as_posix()
            content = tomllib.loads(path.read_text(encoding="utf-8"))
            for table, fields in tables.items():
                for entry in _entries(content, table):
                    yield from (Found(None, t, file) for f in fields for t in _field(entry, f))


def _entries(content: Any, table: str) -> list[Any]:
    """Return the entries of a table such as ``question`` or ``question.rule``."""
    found = [content]
    for name in filter(None, table.split(".")):
        below = [entry.get(name, []) for entry in found]
        found = [one for part in below for one in (part if isinstance(part, list) else [part])]
    return found


def _field(entry: Mapping[str, Any], field: str) -> Iterator[str]:
    value = entry.get(field, "")
    if field == "id":
        value = value.replace("_", " ")
    if isinstance(value, dict):
        value = list(value.values())
    for text in value if isinstance(value, list) else [value]:
        if text.strip():
            yield text.strip()
