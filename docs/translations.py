"""Keep the catalogues of `src/ekbom/locale` in step with the texts that people read.

Without arguments it takes every text from code, templates and tables, writes it into the
catalogue of each language (``django.po``, where translators work) and compiles that
(``django.mo``).  ``--check`` changes nothing and fails where something is out of date, not
translated, unsure, or has other placeholders than the English.  ``--add fr`` begins a language.
"""

from __future__ import annotations

import argparse
import io
import re
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po
from texts import Found, texts

from ekbom import language

_PLACE = re.compile(r"\{[^{}]*\}|%\(\w+\)[sd]")
_WIDTH = 100


class Plain(Catalog):
    """A catalogue whose header has no dates and no addresses, so that only texts change it."""

    @property
    def mime_headers(self) -> list[tuple[str, str]]:
        """Return the lines of the header."""
        return [
            ("Language", str(self.locale)),
            ("MIME-Version", "1.0"),
            ("Content-Type", "text/plain; charset=utf-8"),
            ("Content-Transfer-Encoding", "8bit"),
            ("Plural-Forms", self.plural_forms),
        ]


def main() -> int:
    """Update or check every catalogue; return the exit status."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="change nothing, fail where stale")
    parser.add_argument("--add", metavar="CODE", default="", help="begin a language")
    asked = parser.parse_args()
    codes = {path.parts[-3] for path in language.FOLDER.glob("*/LC_MESSAGES/django.po")}
    codes |= set(filter(None, [asked.add]))
    faults = [f for code in sorted(codes) for f in serve(code, language.FOLDER, check=asked.check)]
    print("\n".join(faults) or "every text is translated")
    return 1 if faults else 0


def serve(code: str, folder: Path, *, check: bool) -> list[str]:
    """Bring one language up to date, or only look; return what is wrong with it."""
    place = folder / code / "LC_MESSAGES"
    new = catalogue(code, texts(), _read(place / "django.po", code))
    files = {place / "django.po": po_bytes(new), place / "django.mo": mo_bytes(new)}
    stale = [p.name for p, content in files.items() if not p.exists() or p.read_bytes() != content]
    if not check:
        place.mkdir(parents=True, exist_ok=True)
        for path, content in files.items():
            path.write_bytes(content)
    faults = [f"{name} is out of date; run docs/translations.py" for name in stale if check]
    return [f"{code}: {fault}" for fault in [*faults, *faults_of(new)]]


def _read(path: Path, code: str) -> Catalog:
    if not path.exists():
        return Catalog(locale=code)
    with path.open("rb") as file:
        return read_po(file, locale=code)


def catalogue(code: str, found: Iterable[Found], old: Catalog) -> Catalog:
    """Return a catalogue of all texts, with the translations that ``old`` has of them."""
    new = Plain(locale=code, header_comment="", fuzzy=False)
    for context, text, file in found:
        known = old.get(text if isinstance(text, str) else text[0], context)
        same = known is not None and known.id == text
        new.add(
            text,
            known.string if known is not None and same else None,
            locations=[(file, 0)] if file else (),
            context=context,
            flags=known.flags & {"fuzzy"} if known is not None and same else (),
        )
    for message in new:
        # Babel takes any "95 % in" for a placeholder, and other tools then call it a fault.
        message.flags -= {"python-format", "python-brace-format"}
    return new


def faults_of(found: Catalog) -> Iterator[str]:
    """Yield every text that is not translated, not sure, or has other placeholders."""
    for message in found:
        if not message.id:
            continue
        one, *rest = [message.id] if isinstance(message.id, str) else message.id
        said = [message.string] if isinstance(message.string, str) else list(message.string or [""])
        if not all(said):
            yield f"not translated: {one}"
        elif message.fuzzy:
            yield f"not sure: {one}"
        elif not _fits(one, rest, said):
            yield f"other placeholders: {one}"


def _fits(one: str, many: list[str], said: list[str]) -> bool:
    wanted = _places(many[0] if many else one)
    others = wanted | _places(one)
    return _places(said[-1]) == wanted and all(_places(text) <= others for text in said)


def _places(text: str) -> set[str]:
    return set(_PLACE.findall(text))


def po_bytes(found: Catalog) -> bytes:
    """Return a catalogue as the file in which translators work."""
    file = io.BytesIO()
    write_po(file, found, width=_WIDTH, include_lineno=False)
    return file.getvalue()


def mo_bytes(found: Catalog) -> bytes:
    """Return a catalogue as the file that programs read."""
    file = io.BytesIO()
    write_mo(file, found)
    return file.getvalue()


if __name__ == "__main__":
    sys.exit(main())
