"""Plain pages: headings, paragraphs, numbered steps, lists to tick off, and tables."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from ekbom.report.lines import wrapped
from ekbom.report.paper.setting import Document

Block = dict[str, Any]


def sheet(*, title: str, blocks: Iterable[Block]) -> Document:
    """Return a document of blocks, one below the other."""
    return Document("sheet", title, {"blocks": list(blocks)})


def heading(text: str) -> Block:
    """Return a heading within the page."""
    return {"kind": "heading", "text": text}


def paragraph(text: str) -> Block:
    """Return a paragraph."""
    return {"kind": "text", "text": text}


def steps(items: Iterable[str], *, start: int = 1) -> Block:
    """Return numbered steps, the first with the number ``start``."""
    return {"kind": "steps", "items": list(items), "start": start}


def bullets(items: Iterable[str]) -> Block:
    """Return a list."""
    return {"kind": "list", "items": list(items)}


def boxes(items: Iterable[str]) -> Block:
    """Return a list whose items are ticked off by hand."""
    return {"kind": "boxes", "items": list(items)}


def ticks(text: str, items: Iterable[str]) -> Block:
    """Return a line of boxes to tick, each with a word behind it."""
    return {"kind": "ticks", "text": text, "items": list(items)}


def table(*, heads: Sequence[str], rows: Iterable[Sequence[str]], widths: Sequence[float]) -> Block:
    """Return a table whose columns are ``widths`` wide, in mm, whatever is in them."""
    return {
        "kind": "table",
        "heads": list(heads),
        "rows": [list(row) for row in rows],
        "widths": list(widths),
    }


def sheet_lines(document: Document) -> Iterator[str]:
    """Yield a document of blocks as plain lines for the shell."""
    yield document.title
    for block in document.data["blocks"]:
        yield ""
        if block["kind"] in ("heading", "text"):
            yield from wrapped(block["text"])
        for item in block.get("items", ()):
            yield from wrapped(item, indent="    ", first="  - ")
