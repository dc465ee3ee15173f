"""From a document's data to its pages: the one place that sets type."""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, Literal, get_args

import typst

from ekbom.language import language_now
from ekbom.problem import InputError, Problem

Paper = Literal["a4", "letter"]

PAPERS: tuple[Paper, ...] = get_args(Paper)

_SIZES: Mapping[Paper, str] = {"a4": "a4", "letter": "us-letter"}
_TEMPLATES = Path(__file__).with_name("templates")
_NO_GLYPH = re.compile(r"the text `\"(.+?)\"` could not be displayed")


@dataclass(frozen=True, slots=True)
class Document:
    """What is to be printed: a template's name, the title, and the data that the template shows.

    ``data`` is plain JSON values.  All text in it is shown as it is, never read as markup.
    """

    template: str
    title: str
    data: Mapping[str, Any]
    language: str = field(default_factory=language_now)


def pdf_of(document: Document, *, paper: Paper, made: datetime) -> bytes:
    """Return a document as PDF/UA-1, the same bytes each time for the same instant ``made``.

    Raises InputError for text in letters that cannot be printed.
    """
    pages: bytes = _compiled(
        document, paper, format="pdf", pdf_standards=["ua-1"], timestamp=int(made.timestamp())
    )
    return pages


def pictures_of(document: Document, *, paper: Paper, ppi: float = 150.0) -> list[bytes]:
    """Return each page of a document as a PNG picture of ``ppi`` dots an inch."""
    pages: bytes | list[bytes] = _compiled(document, paper, format="png", ppi=ppi)
    return [pages] if isinstance(pages, bytes) else pages


def _compiled(document: Document, paper: Paper, **options: Any) -> Any:
    whole = {**document.data, "title": document.title, "lang": document.language}
    try:
        return typst.compile(
            str(_TEMPLATES / f"{document.template}.typ"),
            root=str(_TEMPLATES),
            sys_inputs={"data": json.dumps(_plain({**whole, "paper": _SIZES[paper]}))},
            ignore_system_fonts=True,
            **options,
        )
    except typst.TypstError as error:
        found = _NO_GLYPH.search(str(error))
        if found is None:
            raise
        what = f"{found[1]!r} is in letters that cannot be printed here"
        do = "Write it in Latin, Greek or Cyrillic letters"
        raise InputError([Problem("the paper", None, what, do)]) from None


def _plain(value: Any) -> Any:
    """Return JSON values whose texts have no invisible signs, which could turn a line around."""
    if isinstance(value, str):
        return "".join(" " if _is_invisible(c) else c for c in value)
    if isinstance(value, Mapping):
        return {key: _plain(one) for key, one in value.items()}
    if isinstance(value, Sequence):
        return [_plain(one) for one in value]
    return value


def _is_invisible(sign: str) -> bool:
    return unicodedata.category(sign)[0] == "C" and sign != "\n"
