"""HTML that is safe by its making: only what was built here is markup, every text is escaped."""

from __future__ import annotations

import html
from collections.abc import Iterable, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Markup:
    """A finished piece of HTML."""

    html: str


Part = Markup | str
"""Markup, or a text that is escaped when it is put in a page."""


def tag(name: str, *parts: Part, **attributes: str) -> Markup:
    """Return one element; ``class_`` and ``aria_label`` become ``class`` and ``aria-label``."""
    said = "".join(
        f' {key.strip("_").replace("_", "-")}="{html.escape(value)}"'
        for key, value in attributes.items()
    )
    return Markup(f"<{name}{said}>{joined(parts).html}</{name}>")


def joined(parts: Iterable[Part]) -> Markup:
    """Return the parts one after the other."""
    return Markup("".join(p.html if isinstance(p, Markup) else _typeset(p) for p in parts))


def _typeset(text: str) -> str:
    """Return the text escaped, its percent and equals signs held to their numbers."""
    held = html.escape(text).replace(" %", "\N{NO-BREAK SPACE}%")
    return held.replace(" = ", "\N{NO-BREAK SPACE}=\N{NO-BREAK SPACE}")


def listed(items: Iterable[Part], **attributes: str) -> Markup:
    """Return a list, one line an item."""
    return tag("ul", *(tag("li", item) for item in items), **attributes)


def table(
    *, caption: Part, head: Sequence[str], rows: Iterable[Sequence[Part]], kind: str
) -> Markup:
    """Return a table whose first column names the rows; ``kind`` is its class in the style."""
    titles = [tag("th", text, scope="col") for text in head]
    lines = [
        tag("tr", tag("th", first, scope="row"), *(tag("td", cell) for cell in cells))
        for first, *cells in rows
    ]
    return tag(
        "table",
        tag("caption", caption),
        tag("thead", tag("tr", *titles)),
        tag("tbody", *lines),
        class_=kind,
    )
