"""Every page of the application: its address at a stage, and what a reader finds on it."""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Mapping, Sequence
from datetime import timedelta
from html.parser import HTMLParser

from django.urls import URLResolver, get_resolver

from ekbom.web.begin.questions import sections
from ekbom.web.models import Device, Person, TrialRow
from web.states import NOW

FOREIGN = ("account/", "api/")
"""What is no page of ours: accounts of a clinic have a test of their own."""

TONIGHT = NOW.date()
LAST_NIGHT = TONIGHT - timedelta(days=1)


def addresses(stage: str) -> dict[str, str]:
    """Return the address of every page by its name, as the person at a stage has it.

    A page that there is several times has a number behind its name.
    """
    found = {}
    for name, pattern in sorted(_patterns(get_resolver())):
        if not pattern.startswith(FOREIGN):
            filled = list(_filled(pattern, _examples(stage, name)))
            for number, address in enumerate(filled, start=1):
                found[name if len(filled) == 1 else f"{name}_{number}"] = f"/{address}"
    return found


def _examples(stage: str, name: str) -> Mapping[str, Sequence[object]]:
    owner = Person.objects.get(username=stage)
    row = TrialRow.objects.filter(owner=owner).first()
    device = Device.objects.filter(owner=owner).first()
    return {
        "night:night": [TONIGHT if name == "evening" else LAST_NIGHT],
        "str:part": ["morning"],
        "int:part": range(1, len(sections()) + 1),
        "slug:question": ["leg_swollen"],
        "int:period": [1],
        "uuid:trial": [row.pk if row else uuid.UUID(int=1)],
        "uuid:device": [device.pk if device else uuid.UUID(int=1)],
        "str:code": ["ABCD-EFGH"],
        "str:token": ["abcdefgh"],
        "str:said": ["worse"],
    }


def _patterns(resolver: URLResolver) -> Iterator[tuple[str, str]]:
    for found in resolver.url_patterns:
        if isinstance(found, URLResolver):
            prefix = str(found.pattern)
            yield from ((n, prefix + p) for n, p in _patterns(found))
        elif found.name:
            yield found.name, str(found.pattern)


def _filled(pattern: str, examples: Mapping[str, Sequence[object]]) -> Iterator[str]:
    """Yield an address such as nights/<night:night>/ with its places filled in."""
    begin, _, rest = pattern.partition("<")
    if not rest:
        yield begin
        return
    place, _, after = rest.partition(">")
    for example in examples[place]:
        yield from (f"{begin}{example}{end}" for end in _filled(after, examples))


_ENDS = frozenset(
    [
        *("article", "button", "caption", "dd", "div", "dt", "figcaption", "footer", "form"),
        *("h1", "h2", "h3", "h4", "header", "label", "legend", "li", "main", "nav", "ol", "p"),
        *("section", "summary", "table", "tbody", "td", "th", "thead", "tr", "ul"),
    ]
)
"""Tags at which a block of text begins or ends."""

_SILENT = frozenset(["script", "style", "svg", "select", "textarea", "code", "pre"])
"""Tags whose text is not read as sentences."""


class Text(HTMLParser):
    """The text of a page's main part, block by block; ``headings`` are its h1."""

    def __init__(self, markup: str) -> None:
        super().__init__()
        self.blocks: list[str] = [""]
        self.headings = self.titles = 0
        self._in_main = False
        self._silent: list[str] = []
        self.feed(markup)
        self.blocks = [block for text in self.blocks if (block := " ".join(text.split()))]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.headings += tag == "h1"
        self.titles += tag == "title" and not self._silent
        self._in_main = self._in_main or tag == "main"
        if tag in _SILENT:
            self._silent.append(tag)
        if tag in _ENDS or tag == "br":
            self.blocks.append("")

    def handle_endtag(self, tag: str) -> None:
        if self._silent and self._silent[-1] == tag:
            self._silent.pop()
        if tag == "main":
            self._in_main = False
        if tag in _ENDS:
            self.blocks.append("")

    def handle_data(self, data: str) -> None:
        if self._in_main and not self._silent:
            self.blocks[-1] += data
