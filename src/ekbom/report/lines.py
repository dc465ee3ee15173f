"""Plain lines for the shell: wrapped, listed, and with where a fact comes from."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Iterator

from ekbom.evidence.facts import Source
from ekbom.language import Text, retell, say
from ekbom.problem import Problem

_WIDTH = 80

COPY: Text = "read on a copy"
"""Said of a source that was not read on its publisher's own page."""


def wrapped(text: str, *, indent: str = "", first: str | None = None) -> list[str]:
    """Return a text in lines of at most 80 signs; ``first`` is the first line's own indent."""
    return textwrap.wrap(
        text,
        _WIDTH,
        initial_indent=indent if first is None else first,
        subsequent_indent=indent,
        break_on_hyphens=False,
        break_long_words=False,
    )


def listed(heading: str, items: Iterable[str]) -> Iterator[str]:
    """Yield a heading and a list below it, and nothing where there are no items."""
    found = list(items)
    if found:
        yield heading
        for item in found:
            yield from wrapped(item, indent="    ", first="  - ")
        yield ""


def basis(sources: Iterable[Source], *, verified: bool, ours: bool) -> str:
    """Return what a statement rests on, in brackets: source ids, our own choice, not verified."""
    said = [" ".join(s.id for s in sources)]
    said += [say("our own choice")] if ours else []
    said += [] if verified else [say("not verified")]
    return f"[{'; '.join(word for word in said if word)}]"


def source_words(source: Source) -> str:
    """Return a source in one line: its id, its title, its address, and where it was read."""
    where = say("read at the publisher") if source.read_at_publisher else say(COPY)
    address = f" {source.url}" if source.url else ""
    return f"{source.id}: {source.title} ({where}){address}"


def problem_words(problem: Problem) -> str:
    """Return where something is wrong, what, and what to do about it."""
    where = problem.file
    if problem.line is not None:
        where = say("{file}, line {line}", file=problem.file, line=problem.line)
    return f"{where}: {retell(problem.what)}. {retell(problem.do)}."


def used(groups: Iterable[Iterable[Source]]) -> list[Source]:
    """Return the sources of several statements, each once, by id."""
    return sorted({s for group in groups for s in group}, key=lambda s: s.id)
