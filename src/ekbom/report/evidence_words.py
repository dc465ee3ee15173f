"""The article's claims beside their evidence: in plain words, and as a record."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from ekbom.evidence.facts import Claim, Note, Omission, Source, claims, notes, omissions
from ekbom.language import Text, say
from ekbom.report.lines import source_words, used, wrapped

INTRODUCTION: Text = (
    "A popular article tells people with restless legs (RLS) to take magnesium citrate. This is "
    "what it says, claim by claim in our own words, and what we found. The verdicts and the "
    "degrees of certainty are ours; they are no formal assessment. Of each source we say whether "
    "it was read at its publisher or on a copy. Read means its summary or opening text at least, "
    "not always the whole paper."
)
SHORT_WORDS: Text = (
    "RLS: restless legs. IRLS: a questionnaire on them, 0 to 40 points, IRLSSG: the study group "
    "behind it. RCT: randomised controlled trial. n: number of people. Mg: magnesium. TSAT: "
    "transferrin saturation, a blood test of iron. GFR, eGFR: kidney function."
)
NOT_VERIFIED: Text = "Not verified: this rests on memory, or on our finding no evidence."
OMISSIONS: Text = "What the article leaves out"
NOTES: Text = "What else we looked for"
NOT_SEEN: Text = "Not verified: the whole text was not read."

VERDICTS: Mapping[str, Text] = {
    "supported": "supported",
    "partly": "partly right",
    "overstated": "overstated",
    "unsupported": "not supported",
    "misleading": "misleading",
    "unsafe_as_written": "unsafe as written",
}


def certainty_words(claim: Claim) -> str:
    """Return how certain our verdict on a claim is."""
    return say(claim.certainty.replace("_", " "))


def note_words(note: Note) -> str:
    """Return a note as a sentence, with what of it was not read."""
    text = say(note.text)
    return f"{text}." if note.verified else f"{text}. {say(NOT_SEEN)}"


def cited() -> list[Source]:
    """Return the sources of all claims, omissions and notes, each once, by id."""
    found = [*(c.sources for c in claims()), *(o.sources for o in omissions())]
    return used([*found, *(n.sources for n in notes())])


def evidence_lines() -> Iterator[str]:
    """Yield every claim with our verdict, what it leaves out, what else we looked for, sources."""
    yield from [*wrapped(say(INTRODUCTION)), "", *wrapped(say(SHORT_WORDS)), ""]
    for claim in claims():
        yield from [*_claim(claim), ""]
    yield f"{say(OMISSIONS)}:"
    for omission in omissions():
        yield from wrapped(_omission(omission), indent="       ", first="  ")
    yield from ["", f"{say(NOTES)}:"]
    for note in notes():
        yield from wrapped(_note(note), indent="       ", first="  ")
    yield from ["", say("Sources:")]
    for source in cited():
        yield from wrapped(source_words(source), indent="       ", first="  ")


def evidence_record() -> dict[str, Any]:
    """Return every claim, omission, note and source as plain JSON values."""
    return {
        "format": 1,
        "claims": [_claim_record(claim) for claim in claims()],
        "omissions": [{"id": o.id, "text": o.text, "sources": _ids(o)} for o in omissions()],
        "notes": [
            {"id": n.id, "text": n.text, "sources": _ids(n), "verified": n.verified}
            for n in notes()
        ],
        "sources": [
            {"id": s.id, "title": s.title, "url": s.url, "read_at_publisher": s.read_at_publisher}
            for s in cited()
        ],
    }


def _claim(claim: Claim) -> Iterator[str]:
    yield from wrapped(f"{claim.id}  {say(claim.paraphrase)}.", indent="     ", first="")
    found = say(
        "Verdict: {verdict}. Certainty: {certainty}.",
        verdict=say(VERDICTS[claim.verdict]),
        certainty=certainty_words(claim),
    )
    yield from wrapped(found, indent="     ")
    yield from wrapped(f"{say(claim.summary)} [{' '.join(_ids(claim))}]", indent="     ")
    if not claim.verified:
        yield from wrapped(say(NOT_VERIFIED), indent="     ")


def _omission(omission: Omission) -> str:
    return f"{omission.id}  {say(omission.text)}. [{' '.join(_ids(omission))}]"


def _note(note: Note) -> str:
    return f"{note.id}  {note_words(note)} [{' '.join(_ids(note))}]"


def _ids(found: Claim | Omission | Note) -> list[str]:
    return [source.id for source in found.sources]


def _claim_record(claim: Claim) -> dict[str, Any]:
    return {
        "id": claim.id,
        "section": claim.section,
        "claim": claim.paraphrase,
        "verdict": claim.verdict,
        "certainty": claim.certainty,
        "summary": claim.summary,
        "sources": _ids(claim),
        "verified": claim.verified,
    }
