"""The article's claims beside their evidence: in the data, in the shell and in the docs."""

from __future__ import annotations

import json
import re
from pathlib import Path

from ekbom.evidence.facts import CERTAINTIES, CLAIM_VERDICTS, claims, notes, omissions, sources
from ekbom.report.evidence_page import evidence_page
from ekbom.report.evidence_words import NOT_VERIFIED, VERDICTS, cited, evidence_record
from trials import at, shell

PAGE = Path(__file__).parents[2] / "docs/evidence.md"


def text() -> str:
    """Return what `ekbom evidence` prints, as one line."""
    result = shell("evidence", now=at(0))
    assert result.exit_code == 0
    return " ".join(result.stdout.split())


def test_every_claim_of_the_article_is_listed_in_its_order() -> None:
    wanted = [f"C{number:02}" for number in range(1, 23)]
    assert [claim.id for claim in claims()] == wanted
    assert re.findall(r"\bC\d\d\b(?=  )", shell("evidence", now=at(0)).stdout) == wanted


def test_every_omission_is_listed() -> None:
    wanted = [f"O{number:02}" for number in range(1, 7)]
    assert [omission.id for omission in omissions()] == wanted
    assert all(f"{o.id} {o.text}" in text() for o in omissions())


def test_each_claim_stands_with_verdict_certainty_reason_and_sources() -> None:
    printed = text()
    assert set(VERDICTS) == set(CLAIM_VERDICTS)
    for claim in claims():
        assert claim.certainty in CERTAINTIES
        ids = " ".join(s.id for s in claim.sources)
        assert ids
        assert (
            f"{claim.id} {claim.paraphrase}. Verdict: {VERDICTS[claim.verdict]}. Certainty: "
            f"{claim.certainty.replace('_', ' ')}. {claim.summary} [{ids}]"
        ) in printed


def test_what_no_source_shows_is_said_to_be_not_verified_and_nothing_else_is() -> None:
    unverified = [claim.id for claim in claims() if not claim.verified]
    assert unverified == ["C11", "C13"]
    printed = text()
    assert printed.count(NOT_VERIFIED) == 2
    for name in unverified:
        assert NOT_VERIFIED in re.split(r" C\d\d ", printed.split(f" {name} ")[1])[0]
    assert evidence_page().count(f"**{NOT_VERIFIED}**") == 2


def test_of_every_source_it_is_said_where_it_was_read() -> None:
    printed, page = text(), evidence_page()
    assert cited() == sorted({*cited()}, key=lambda s: s.id)
    for source in cited():
        where = "read at the publisher" if source.read_at_publisher else "read on a copy"
        assert f"{source.id}: {source.title} ({where})" in printed
        line = next(line for line in page.splitlines() if line.startswith(f"- **{source.id}**"))
        assert line.endswith(where)
        assert source.title in line


def test_every_named_source_is_in_the_list() -> None:
    found = [entry.sources for table in (claims(), omissions(), notes()) for entry in table]
    assert {s for group in found for s in group} == set(cited())
    assert all(sources()[s.id] == s for s in cited())


def test_the_record_holds_all_of_it() -> None:
    result = shell("evidence", "--json", now=at(0))
    record = json.loads(result.stdout)
    assert (result.exit_code, record) == (0, evidence_record())
    assert [c["id"] for c in record["claims"]] == [c.id for c in claims()]
    assert {c["verified"] for c in record["claims"]} == {True, False}
    assert [s["id"] for s in record["sources"]] == [s.id for s in cited()]
    named = {
        s
        for part in ("claims", "omissions", "notes")
        for entry in record[part]
        for s in entry["sources"]
    }
    assert named == {s["id"] for s in record["sources"]}


def test_of_the_guideline_of_2025_we_say_what_we_could_read() -> None:
    (note,) = notes()
    assert [s.id for s in note.sources] == ["S13", "S14"]
    assert not note.verified
    for said in (text(), " ".join(evidence_page().split())):
        assert "(AASM) of 2025: in what we could read of it we found no recommendation for" in said
        assert "Check the guideline. Not verified: the whole text was not read." in said


def test_no_line_in_the_shell_is_longer_than_80_signs() -> None:
    for line in shell("evidence", now=at(0)).stdout.splitlines():
        assert len(line) <= 80 or line.strip().startswith("http"), line


def test_the_page_in_the_docs_is_made_from_the_same_tables() -> None:
    assert PAGE.read_text(encoding="utf-8") == evidence_page()


def test_the_page_has_every_claim_and_omission() -> None:
    page = " ".join(evidence_page().split())
    for claim in claims():
        assert f"## {claim.id}. {claim.paraphrase}" in page
        assert claim.summary in page
    assert all(omission.text in page for omission in omissions())
