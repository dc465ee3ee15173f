"""The article's claims beside their evidence: in plain words, and as a record."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ekbom.evidence.facts import Claim, Omission, Source, claims, omissions
from ekbom.report.lines import source_words, used, wrapped

INTRODUCTION = (
    "A popular article tells people with restless legs (RLS) to take magnesium citrate. This is "
    "what it says, claim by claim in our own words, and what we found. The verdicts and the "
    "degrees of certainty are ours; they are no formal assessment. Of each source we say whether "
    "it was read at its publisher or on a copy. Read means its summary or opening text at least, "
    "not always the whole paper."
)
SHORT_WORDS = (
    "RLS: restless legs. IRLS: a questionnaire on them, 0 to 40 points, IRLSSG: the study group "
    "behind it. RCT: randomised controlled trial. n: number of people. Mg: magnesium. TSAT: "
    "transferrin saturation, a blood test of iron. GFR, eGFR: kidney function."
)
NOT_VERIFIED = "Not verified: this rests on memory, or on our finding no evidence."
OMISSIONS = "What the article leaves out"

VERDICTS = {
    "supported": "supported",
    "partly": "partly right",
    "overstated": "overstated",
    "unsupported": "not supported",
    "misleading": "misleading",
    "unsafe_as_written": "unsafe as written",
}


def certainty_words(claim: Claim) -> str:
    """Return how certain our verdict on a claim is."""
    return claim.certainty.replace("_", " ")


def cited() -> list[Source]:
    """Return the sources of all claims and omissions, each once, by id."""
    return used([*(c.sources for c in claims()), *(o.sources for o in omissions())])


def evidence_lines() -> Iterator[str]:
    """Yield every claim with our verdict, what the article leaves out, and all their sources."""
    yield from [*wrapped(INTRODUCTION), "", *wrapped(SHORT_WORDS), ""]
    for claim in claims():
        yield from [*_claim(claim), ""]
    yield f"{OMISSIONS}:"
    for omission in omissions():
        yield from wrapped(_omission(omission), indent="       ", first="  ")
    yield from ["", "Sources:"]
    for source in cited():
        yield from wrapped(source_words(source), indent="       ", first="  ")


def evidence_record() -> dict[str, Any]:
    """Return every claim, omission and source as plain JSON values."""
    return {
        "format": 1,
        "claims": [_claim_record(claim) for claim in claims()],
        "omissions": [{"id": o.id, "text": o.text, "sources": _ids(o)} for o in omissions()],
        "sources": [
            {"id": s.id, "title": s.title, "url": s.url, "read_at_publisher": s.read_at_publisher}
            for s in cited()
        ],
    }


def _claim(claim: Claim) -> Iterator[str]:
    yield from wrapped(f"{claim.id}  {claim.paraphrase}.", indent="     ", first="")
    verdict = VERDICTS[claim.verdict]
    yield from wrapped(f"Verdict: {verdict}. Certainty: {certainty_words(claim)}.", indent="     ")
    yield from wrapped(f"{claim.summary} [{' '.join(_ids(claim))}]", indent="     ")
    if not claim.verified:
        yield from wrapped(NOT_VERIFIED, indent="     ")


def _omission(omission: Omission) -> str:
    return f"{omission.id}  {omission.text}. [{' '.join(_ids(omission))}]"


def _ids(found: Claim | Omission) -> list[str]:
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
