"""What happened so far, as the trial's page tells it: words, and no code of a program."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from django.test import Client
from django.utils import translation

from ekbom.language import languages, speaking
from ekbom.safety.questions import RESULTS
from ekbom.safety.rescreening import changes
from ekbom.safety.tolerability_rules import rules, signs
from ekbom.trial.event_kinds import KINDS, Field
from ekbom.trial.events import chain_event
from ekbom.trial.folder import Trial
from ekbom.trial.incidents import INCIDENTS
from ekbom.trial.packing import AGAIN, packing_steps
from ekbom.web.course.ends import REASONS
from ekbom.web.course.event_words import Told, told
from ekbom.web.data.marks import ABOVE_LIMIT, STOP_BEFORE
from web.lives import FAST, FIRST, PERIODS, ZONE, at
from web.pages import Text
from web.states import Files

OWN_WORDS, UNSAID = ("My own words",), ()
PARTS = ("evening", "morning")

CODES: Mapping[tuple[str, str], Collection[str]] = {
    ("registered", "protocol"): UNSAID,
    ("imported", "protocol"): UNSAID,
    ("imported", "source"): UNSAID,
    ("screening", "result"): RESULTS,
    ("packing step", "step"): (AGAIN, *packing_steps()),
    ("slip read", "code"): UNSAID,
    ("slip read", "how"): ("typed", "scanned", "lost"),
    ("incident", "what"): INCIDENTS,
    ("look", "result"): ("continue", "stop"),
    ("screening", "rules"): UNSAID,
    ("randomised", "commitment"): UNSAID,
    ("pause", "note"): tuple(changes()),
    ("resume", "note"): OWN_WORDS,
    ("no capsules", "note"): (*changes(), STOP_BEFORE, ABOVE_LIMIT),
    ("period ended", "reason"): OWN_WORDS,
    ("ended", "reason"): ("finished", *dict(REASONS), *(f"change: {name}" for name in changes())),
    ("hold", "note"): tuple(rules()),
    ("restart", "note"): OWN_WORDS,
    ("step down", "note"): tuple(rules()),
    ("dose corrected", "before"): UNSAID,
    ("dose corrected", "after"): UNSAID,
    ("side effect", "note"): (*signs(), ", ".join(signs())),
    ("emergency", "note"): (*signs(), ", ".join(signs())),
    ("deviation", "note"): OWN_WORDS,
    ("incident", "note"): OWN_WORDS,
    ("unblinding", "note"): OWN_WORDS,
    ("guess", "treatment"): UNSAID,
    ("guess", "why"): UNSAID,
    ("last guess", "opinion"): UNSAID,
    ("last guess", "why"): UNSAID,
    ("skipped", "part"): PARTS,
    ("ratings seen", "note"): OWN_WORDS,
    ("brought in", "note"): OWN_WORDS,
    ("note", "note"): ("capsules at 22:30", *(f"offered to end: {name}" for name in rules())),
}
"""What a program may write into each text of an event; a new text has to be named here."""

_PLAIN: Mapping[type, Any] = {
    bool: True, int: 1, float: 1.0, date: "2026-03-01", str: "some_code",
}  # fmt: skip
CODE = re.compile(r"\w_\w")
TRIAL = Trial(Files({}), FAST, "", 1, FIRST, ZONE)


def plain(field: Field) -> Any:
    """Return a value that a detail may have."""
    return _PLAIN.get(field.type, "America/New_York" if "zone" in field.says else "Dr. Chen")


def details(kind: str) -> Iterator[dict[str, Any]]:
    """Yield every detail of a kind: each code once, whatever else it carries."""
    fields = KINDS[kind]
    whole = {name: plain(field) for name, field in fields.items()}
    coded = [name for name, field in fields.items() if field.type is str]
    whole |= {name: next(iter(CODES[kind, name]), "some_code") for name in coded}
    yield {name: whole[name] for name, field in fields.items() if field.required}
    for name in coded:
        yield from ({**whole, name: code} for code in CODES[kind, name])


def telling(kind: str, detail: Mapping[str, Any]) -> Told:
    """Return what a trial with this one event says of it."""
    instant = at(PERIODS, "20:00")
    event = chain_event([], kind=kind, detail=detail, instant=instant, zone=ZONE)
    return told(replace(TRIAL, events=(event,)))[0]


@pytest.mark.parametrize("kind", KINDS)
def test_every_code_of_every_event_is_said_in_words(kind: str) -> None:
    for detail in details(kind):
        codes = [detail[n] for n in detail if len(CODES.get((kind, n), ())) > 1]
        for language in languages():
            with translation.override(language), speaking(language):
                said = telling(kind, detail)
            assert CODE.findall(f"{said.text} {said.why} {said.note}") == []
            assert said.note in ("", *OWN_WORDS)
            # A code that is a word stands there in English at most.
            assert language == "en" or not {said.text, said.why} & {kind, *codes}


def test_every_text_of_an_event_is_named_with_what_it_may_hold() -> None:
    texts = {(k, n) for k, fields in KINDS.items() for n, f in fields.items() if f.type is str}
    assert CODES.keys() == texts


def test_what_a_person_wrote_stays_as_it_was_written() -> None:
    for kind, name in (("hold", "note"), ("ended", "reason"), ("side effect", "note")):
        said = telling(kind, {name: "my_leg hurt, fainting", "last": "2026-03-01"})
        assert (said.why, said.note) == ("", "my_leg hurt, fainting")


def test_a_sign_that_was_reported_stands_in_the_history_in_words(trial: Client) -> None:
    """Ana reports a sign for the same day: two events, the sign and the hold, each with its why."""
    trial.post("/signs/report/", {"sign": ["rectal_bleeding"]})
    blocks = Text(trial.get("/trial/").content.decode()).blocks
    happened = [text.split(" ", 3)[3] for text in blocks if text.startswith("Monday, 2 Mar")][:2]
    assert happened == [
        "Capsules were held until a clinician agrees. Your registered plan says: "
        + rules()["same_day_sign"].text,
        f"A complaint was noted. Reported: {signs()['rectal_bleeding'].wording}.",
    ]
