"""Typed values put back into the forms of a page, whichever page it is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape
from html.parser import HTMLParser

_CHOSEN_BY_VALUE = ("radio", "checkbox")
_LEFT_ALONE = ("hidden", "file", "password", "submit", "button")

Attributes = list[tuple[str, str | None]]


def refill(page: str, fields: Mapping[str, Sequence[str]]) -> tuple[str, dict[str, list[str]]]:
    """Return the page with its forms as they were typed, and what none of them has a place for.

    Hidden fields keep the page's own values.
    """
    filler = _Filler(fields)
    filler.feed(page)
    filler.close()
    rest = {n: [v for v in vs if v] for n, vs in fields.items() if n not in filler.seen}
    return "".join(filler.out), {name: values for name, values in rest.items() if values}


class _Filler(HTMLParser):
    """Copies a page and changes only the values of fields in forms that are posted."""

    def __init__(self, fields: Mapping[str, Sequence[str]]) -> None:
        super().__init__(convert_charrefs=False)
        self.fields = fields
        self.left = {name: list(values) for name, values in fields.items()}
        self.seen: set[str] = set()
        self.out: list[str] = []
        self.posted = False
        self.select: str | None = None
        self.replaced = False

    def handle_starttag(self, tag: str, attrs: Attributes) -> None:
        given = dict(attrs)
        name = given.get("name") or ""
        if tag == "form":
            self.posted = (given.get("method") or "").lower() == "post"
        if self.posted and name:
            self.seen.add(name)
        self._copy(self._field(tag, name, given))

    def handle_startendtag(self, tag: str, attrs: Attributes) -> None:
        self.handle_starttag(tag, attrs)

    def handle_endtag(self, tag: str) -> None:
        if tag == "textarea":
            self.replaced = False
        if tag == "form":
            self.posted = False
        if tag == "select":
            self.select = None
        self._copy(f"</{tag}>")

    def handle_data(self, data: str) -> None:
        self._copy(data)

    def handle_entityref(self, name: str) -> None:
        self._copy(f"&{name};")

    def handle_charref(self, name: str) -> None:
        self._copy(f"&#{name};")

    def handle_comment(self, data: str) -> None:
        self._copy(f"<!--{data}-->")

    def handle_decl(self, decl: str) -> None:
        self._copy(f"<!{decl}>")

    def handle_pi(self, data: str) -> None:
        self._copy(f"<?{data}>")

    def _copy(self, text: str) -> None:
        if not self.replaced:
            self.out.append(text)

    def _field(self, tag: str, name: str, given: dict[str, str | None]) -> str:
        raw = self.get_starttag_text() or ""
        if not self.posted:
            return raw
        if tag == "option" and self.select in self.fields:
            chosen = (given.get("value") or "") in self.fields[self.select or ""]
            return _tag(tag, given, mark="selected", on=chosen)
        if tag == "select":
            self.select = name
        if name not in self.fields:
            return raw
        if tag == "input":
            return self._input(raw, name, given)
        if tag == "textarea":
            # A browser drops the first line break after the tag.
            self.out.append(f"{raw}\n{escape(self._next(name))}")
            self.replaced = True
            return ""
        return raw

    def _input(self, raw: str, name: str, given: dict[str, str | None]) -> str:
        kind = (given.get("type") or "text").lower()
        if kind in _LEFT_ALONE:
            return raw
        if kind in _CHOSEN_BY_VALUE:
            chosen = (given.get("value") or "on") in self.fields[name]
            return _tag("input", given, mark="checked", on=chosen)
        return _tag("input", {**given, "value": self._next(name)})

    def _next(self, name: str) -> str:
        """Return the next typed value of a name that several fields share."""
        return self.left[name].pop(0) if self.left[name] else ""


def _tag(
    tag: str, attributes: Mapping[str, str | None], *, mark: str = "", on: bool = False
) -> str:
    kept = [_attribute(name, value) for name, value in attributes.items() if name != mark]
    return f"<{' '.join([tag, *kept, *([mark] if on else [])])}>"


def _attribute(name: str, value: str | None) -> str:
    return name if value is None else f'{name}="{escape(value)}"'
