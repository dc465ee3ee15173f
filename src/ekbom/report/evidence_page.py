"""docs/evidence.md: the article's claims beside their evidence, as a page."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator

from ekbom.evidence.facts import Claim, Source, claims, notes, omissions
from ekbom.report.evidence_words import (
    INTRODUCTION,
    NOT_VERIFIED,
    NOTES,
    OMISSIONS,
    SHORT_WORDS,
    VERDICTS,
    certainty_words,
    cited,
    note_words,
)
from ekbom.report.lines import COPY


def evidence_page() -> str:
    """Return the page in Markdown: claims, what the article leaves out, and sources."""
    lines = [
        "# The article and the evidence",
        "",
        *_wrapped(INTRODUCTION),
        "",
        *_wrapped(SHORT_WORDS),
        "",
        "`ekbom evidence` prints the same in the shell. This page is made by `docs/generate.py`.",
        "",
        "| claim | our verdict | certainty | verified |",
        "|---|---|---|---|",
        *map(_row, claims()),
    ]
    for claim in claims():
        lines += ["", *_section(claim)]
    lines += ["", f"## {OMISSIONS}", ""]
    for omission in omissions():
        lines += _wrapped(f"- **{omission.id}** {omission.text}. {_named(omission.sources)}")
    lines += ["", f"## {NOTES}", ""]
    for note in notes():
        lines += _wrapped(f"- **{note.id}** {note_words(note)} {_named(note.sources)}")
    lines += ["", "## Sources", "", *map(_source, cited())]
    return "\n".join(lines) + "\n"


def _row(claim: Claim) -> str:
    seen = "yes" if claim.verified else "not verified"
    verdict = VERDICTS[claim.verdict]
    return f"| {claim.id} {claim.paraphrase} | {verdict} | {certainty_words(claim)} | {seen} |"


def _section(claim: Claim) -> Iterator[str]:
    yield f"## {claim.id}. {claim.paraphrase}"
    yield ""
    verdict = VERDICTS[claim.verdict]
    yield f"**Verdict: {verdict}. Certainty: {certainty_words(claim)}.**"
    yield from _wrapped(f"{claim.summary} {_named(claim.sources)}")
    if not claim.verified:
        yield f"**{NOT_VERIFIED}**"


def _named(sources: tuple[Source, ...]) -> str:
    return f"({', '.join(s.id for s in sources)})"


def _source(source: Source) -> str:
    title = f"[{source.title}]({source.url})" if source.url else source.title
    where = "read at the publisher" if source.read_at_publisher else COPY
    return f"- **{source.id}** {title}; {where}"


def _wrapped(text: str) -> list[str]:
    inner = "  " if text.startswith("- ") else ""
    return textwrap.wrap(text, 120, subsequent_indent=inner, break_on_hyphens=False)
