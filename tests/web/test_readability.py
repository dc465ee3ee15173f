"""What a person reads at eleven at night is plain: short sentences, common words."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from web.conftest import Hands
from web.pages import Text, addresses
from web.readability import Reading, reading_of, syllables_in
from web.states import NOW, STAGES, browser, browser_at

pytestmark = pytest.mark.slow

GRADE, LEARNED = 8.0, 10.0
"""The highest school grade of a person's pages, and of those that teach."""

LEARNED_PAGES = frozenset(
    [
        *("about", "evidence", "trust", "verdict", "earlier_verdict", "begin_plan", "begin_agree"),
        # For a doctor, and two pages that must name rare diseases and ingredients.
        *("begin_doctor", "begin_questions_7", "begin_questions_9"),
    ]
)
WORDS, SHARE = 25, 0.1
"""No more than this share of a page's sentences, or one, may be longer than so many words."""


def pages_at(stage: str) -> Iterator[tuple[str, str]]:
    client = browser(browser_at(stage))
    for name, address in addresses(stage).items():
        answer = client.get(address)
        if answer.status_code == 200 and answer["Content-Type"].startswith("text/html"):
            yield name, answer.content.decode()


def hard(name: str, reading: Reading) -> str:
    """Return why a page is too hard to read, nothing where it is not."""
    bar = LEARNED if name in LEARNED_PAGES else GRADE
    long = reading.long(words=WORDS)
    if reading.grade <= bar and len(long) <= max(1, SHARE * len(reading.sentences)):
        return ""
    worst = sorted(reading.sentences, key=lambda s: -reading_of([s]).grade)[:4]
    return f"{name}: grade {reading.grade:.1f}, {len(long)} long\n    " + "\n    ".join(worst)


@pytest.mark.django_db
@pytest.mark.parametrize("stage", STAGES)
def test_every_page_is_plain_and_has_one_heading_and_a_title(clock: Hands, stage: str) -> None:
    clock.now = NOW
    found = {name: Text(markup) for name, markup in pages_at(stage)}
    assert len(found) > 5
    assert {n: (t.headings, t.titles) for n, t in found.items()} == dict.fromkeys(found, (1, 1))
    faults = [hard(name, reading_of(text.blocks)) for name, text in found.items()]
    assert [fault for fault in faults if fault] == [], "\n".join(["", *filter(None, faults)])


@pytest.mark.parametrize(
    ("word", "count"),
    [
        ("night", 1),
        ("asked", 1),
        ("minutes", 2),
        ("little", 2),
        ("the", 1),
        ("magnesium", 4),
        ("restless", 2),
        ("kidneys", 2),
        ("trial", 2),
        ("diary", 3),
        ("randomised", 3),
        ("don’t", 1),
        ("people", 2),
        ("needed", 2),
        ("being", 2),
        ("period", 3),
        ("questions", 2),
    ],
)
def test_syllables_are_counted_right_in_usual_words(word: str, count: int) -> None:
    assert syllables_in(word) == count


def test_the_grade_of_a_known_text_is_the_formulas() -> None:
    """Two sentences, 12 words, 13 syllables, by hand: 0.39 * 6 + 11.8 * 13 / 12 - 15.59."""
    found = reading_of(["The cat sat on the mat. The dog ran to the river."])
    assert found.grade == pytest.approx(0.39 * 6 + 11.8 * 13 / 12 - 15.59)


def test_a_hard_text_is_found_to_be_hard() -> None:
    text = (
        "Notwithstanding considerable heterogeneity, pharmacokinetic investigations demonstrate "
        "substantially diminished gastrointestinal absorption following concomitant ingestion."
    )
    assert hard("tonight", reading_of([text])) != ""
    assert hard("tonight", reading_of(["S34: Swiss label, magnesium citrate kinetics."])) == ""
    assert hard("tonight", reading_of(["You can stop at any time. Nobody will ask you why."])) == ""
