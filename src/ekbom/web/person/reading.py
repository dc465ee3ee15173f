"""Pages to read: help, what ekbom is, and what is known about magnesium."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from ekbom import __version__
from ekbom.evidence.facts import Source, claims, notes, omissions
from ekbom.language import say
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
from ekbom.trial.folder import ANALYSIS_VERSION
from ekbom.web.access import for_person
from ekbom.web.models import Person


@dataclass(frozen=True, slots=True)
class Told:
    """A claim as it is told: what the article says, what we say, and on what."""

    id: str
    claim: str
    verdict: str
    certainty: str
    summary: str
    sources: tuple[Source, ...]
    verified: bool


@require_GET
@for_person
def own_help(request: HttpRequest, person: Person) -> HttpResponse:  # noqa: ARG001 - for persons alone
    """Show what to do when something is not as it should be."""
    return render(request, "ekbom/person/help.html")


@require_GET
def about(request: HttpRequest) -> HttpResponse:
    """Show what ekbom is and is not; a stranger may read it too."""
    page = {"version": __version__, "analysis": ANALYSIS_VERSION}
    return render(request, "ekbom/person/about.html", page)


@require_GET
@for_person
def evidence(request: HttpRequest, person: Person) -> HttpResponse:  # noqa: ARG001 - for persons alone
    """Show the article's claims beside what is known of them."""
    page = {
        "introduction": say(INTRODUCTION),
        "short_words": say(SHORT_WORDS),
        "not_verified": say(NOT_VERIFIED),
        "claims": list(_told()),
        "left_out": say(OMISSIONS),
        "omissions": [(f"{say(o.text)}.", o.sources) for o in omissions()],
        "looked_for": say(NOTES),
        "notes": [(note_words(note), note.sources) for note in notes()],
        "sources": cited(),
    }
    return render(request, "ekbom/person/evidence.html", page)


def _told() -> Iterator[Told]:
    for claim in claims():
        yield Told(
            claim.id,
            say(claim.paraphrase),
            say(VERDICTS[claim.verdict]),
            certainty_words(claim),
            say(claim.summary),
            claim.sources,
            claim.verified,
        )
