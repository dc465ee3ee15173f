"""A language made of brackets: whatever a person reads outside of them was never translated."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterable
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType

from ekbom.language import FORMAT

CODE = "eo"
_PLACE = re.compile(r"(\{[^{}]*\}|%\(\w+\)[sd])")


def translations() -> ModuleType:
    """Return docs/translations.py, which stands on docs/texts.py."""
    _loaded("texts")
    return _loaded("translations")


def _loaded(name: str) -> ModuleType:
    spec = spec_from_file_location(name, Path(__file__).parents[2] / "docs" / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    # Each must be found by its name: by the other, and by its own classes.
    sys.modules[name] = module_from_spec(spec)
    spec.loader.exec_module(sys.modules[name])
    return sys.modules[name]


def write_brackets(folder: Path) -> None:
    """Write a catalogue in which every text stands in brackets, and what is put in does not."""
    tool = translations()
    catalogue = tool.catalogue(CODE, tool.texts(), tool.Catalog(locale=CODE))
    for message in catalogue:
        if message.id:
            one = message.id if isinstance(message.id, str) else message.id[0]
            many = message.id if isinstance(message.id, str) else message.id[1]
            kept = message.context == FORMAT
            said = one if kept else bracketed(one)
            message.string = said if isinstance(message.id, str) else (said, bracketed(many))
    file = folder / CODE / "LC_MESSAGES" / "django.mo"
    file.parent.mkdir(parents=True)
    file.write_bytes(tool.mo_bytes(catalogue))


def bracketed(text: str) -> str:
    """Return a text with all of it in brackets but its placeholders."""
    parts = _PLACE.split(text)
    return "".join(p if _PLACE.fullmatch(p) or not p else f"⟦{p}⟧" for p in parts)


def escaped(lines: Iterable[str], *, but: Iterable[str] = ()) -> list[str]:
    """Return the words that stand outside of all brackets, without those that may."""
    left = " ".join(lines)
    while "⟦" in left:
        left, count = re.subn(r"⟦[^⟦⟧]*⟧", " ", left)
        assert count, left
    for allowed in but:
        left = left.replace(allowed, " ")
    return re.findall(r"[^\W\d_]{2,}", left)
