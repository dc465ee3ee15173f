"""No text that a person reads escapes translation: in a language of brackets all stand inside."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import date, time
from pathlib import Path

import pytest

from ekbom.analysis.decision import CANNOT_TELL, HELPS, NO_DIFFERENCE, WORSE
from ekbom.analysis.result import Check, Incidents, Looks, TrialVerdict
from ekbom.evidence.facts import sources
from ekbom.guide.reminders import Reminder
from ekbom.guide.tonight import tonight
from ekbom.language import speaking
from ekbom.protocol.doses import Label, Supplement
from ekbom.protocol.files import BUILT_IN, built_in, content_hash
from ekbom.report import tolerability_words
from ekbom.report.calendar_file import reminder_lines
from ekbom.report.change_words import change_lines
from ekbom.report.comparison_words import comparison_lines
from ekbom.report.dose_words import dose_lines
from ekbom.report.evidence_words import evidence_lines
from ekbom.report.figures.chances import describe_chances
from ekbom.report.looks_words import looks_lines, looks_toml
from ekbom.report.medicine_words import interaction_lines, medicine_lines
from ekbom.report.page import Section, build_page
from ekbom.report.plan_words import describe_protocol
from ekbom.report.screening_words import (
    form_lines,
    question_lines,
    screening_lines,
    urgent_lines,
)
from ekbom.report.simulation_words import simulation_lines
from ekbom.report.text import verdict_lines
from ekbom.report.tolerability_words import (
    advice_lines,
    plan_says,
    sign_lines,
)
from ekbom.report.tonight_words import tonight_lines
from ekbom.report.words import sentence
from ekbom.safety.answers import Answer
from ekbom.safety.dose_plan import plan_dose
from ekbom.safety.fill import fill_packs
from ekbom.safety.medicine_list import medicine_in
from ekbom.safety.medicines import check_medicines
from ekbom.safety.questions import questions
from ekbom.safety.rescreening import Change, changes, rescreen
from ekbom.safety.screening import screen
from ekbom.safety.tolerability import WORDS, advise
from ekbom.safety.tolerability_rules import rules, signs
from ekbom.simulation.comparison import Limits
from ekbom.simulation.record import comparison_record
from ekbom.simulation.stored import stored_records
from ekbom.trial.folder import open_trial
from screenings import BY_RISK, TODAY, agreed, answers
from trials import at, drawn, drawn_magnesium, registered, with_dose_fixed
from unit import test_comparison, test_looks_words, test_tolerability
from unit import verdict_samples as samples
from unit.pseudo_language import CODE, escaped, write_brackets

IDS = sorted(
    {*questions(), *rules(), *signs(), *changes(), *sources(), *BUILT_IN}, key=len, reverse=True
)
"""Names by which people and programs refer to the same thing; they are no words."""


@pytest.fixture(scope="module")
def brackets(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("locale")
    write_brackets(folder)
    return folder


def names_of(protocol: str = "magnesium-rls-fast") -> list[str]:
    plan = built_in(protocol)
    return [*(o.id for o in plan.outcomes), *(s.id for s in plan.side_effects)]


def titles() -> Iterator[str]:
    """Yield what is written about a source: nobody translates a bibliography."""
    for source in sources().values():
        yield from filter(None, [source.title, source.url])


def left(lines: Iterable[str], *but: str) -> list[str]:
    whole = [" ".join(" ".join(lines).split())]
    return escaped(whole, but=[*titles(), *but, *IDS, *names_of("magnesium-rls")])


KINDS = (
    "helps",
    "helps with events",
    "worse",
    "no difference",
    "cannot tell",
    "long",
    "untested",
    "unanswered",
)
SCREENINGS = ("go", "agreed", "stop", "unknown", "open", "old", "form", "asked", "urgent")


def verdicts() -> dict[str, TrialVerdict]:
    relief = samples.relief()
    treated, *others = relief.side_effects.incidents
    held = Incidents(treated.treatment, holds=2, step_downs=1, ends=1, emergencies=1)
    events = replace(relief.side_effects, incidents=(held, *others))
    everywhere = [
        "randomisation_p_attainable",
        "sensitivity_slow_onset",
        "sensitivity_effect_prior_0.1R",
        "sensitivity_first_7_unanalysed",
        "missing_share",
    ]
    failed = tuple(
        Check(name, 0.5, 0.4, False, f"but not if: it says {HELPS}") for name in everywhere
    )
    firm = {"checks": failed, "but_not": ("if the onset were slower (about 4 nights)",)}
    looked = replace(relief, looks=Looks(declared=0, taken=0, unplanned=2), side_effects=events)
    few = "0 nights are too few: 8 are needed at least"
    return {
        "helps": relief,
        "helps with events": samples.with_primary(looked, **firm),
        "worse": samples.with_primary(relief, verdict=WORSE),
        "no difference": samples.with_primary(relief, verdict=NO_DIFFERENCE),
        "cannot tell": samples.with_primary(
            relief,
            verdict=CANNOT_TELL,
            because=("missing_share", "sensitivity_slow_onset", "randomisation_agrees"),
        ),
        "long": samples.long_trial(),
        "untested": samples.untested(),
        "unanswered": samples.with_primary(samples.unanswered(), reason=few),
    }


@pytest.mark.parametrize("kind", KINDS)
def test_no_word_of_a_verdict_escapes(brackets: Path, kind: str) -> None:
    verdict = verdicts()[kind]
    with speaking(CODE, folder=brackets):
        said = [*verdict_lines(verdict), *(sentence(verdict, o) for o in verdict.outcomes.values())]
    assert left(said) == []


@pytest.mark.slow
def test_no_word_of_a_page_with_its_figures_escapes(brackets: Path) -> None:
    sections = [
        Section("Ana", "Ana", samples.relief(), ("Ana",)),
        Section("Ben", "Ben", samples.long_trial(), ()),
    ]
    with speaking(CODE, folder=brackets):
        made = build_page(title="Ana", sections=sections, next_steps=("Ana",))
    body = made[made.index("<body>") :]
    # A picture may cut a title short, and its closing bracket with it.
    body = re.sub(r"⟦[^⟦⟧<]*…", " ", body)
    alone = re.sub(r"<[^>]*aria-label=\"([^\"]*)\"[^>]*>", r" \1 ", body)
    assert f'<html lang="{CODE}">' in made
    assert left(re.sub(r"<[^>]*>", " ", alone).split("\n"), "Ana", "Ben", "&quot;", "&#x27;") == []


def screenings() -> dict[str, list[str]]:
    worst = {name: Answer(values[-1], TODAY) for name, values in BY_RISK.items()}
    unknown = {name: Answer("unknown", TODAY) for name in BY_RISK}
    first = screen(answers=answers(diagnosed="no"), agreements=[agreed("diagnosed")], on=TODAY)
    return {
        "go": list(screening_lines(screen(answers=answers(), on=TODAY))),
        "agreed": list(screening_lines(first)),
        "stop": list(screening_lines(screen(answers=worst, on=TODAY))),
        "unknown": list(screening_lines(screen(answers=unknown, on=TODAY))),
        "open": list(screening_lines(screen(answers={}, on=TODAY))),
        "old": list(screening_lines(screen(answers=worst, on=date(2026, 6, 1)))),
        "form": list(form_lines(today=TODAY, answers=worst)),
        "asked": [line for q in questions().values() for line in question_lines(q, answer=3.0)],
        "urgent": [
            line
            for q in questions().values()
            for value in BY_RISK[q.id]
            for line in urgent_lines(q, value, on=TODAY)
        ],
    }


@pytest.mark.parametrize("kind", SCREENINGS)
def test_no_word_of_a_screening_escapes(brackets: Path, kind: str) -> None:
    with speaking(CODE, folder=brackets):
        said = screenings()[kind]
    # What a file holds is the same in every language.
    held = ("answered =", "[[agreement]]", "question =", "by =", "on =", "Dr. Chen")
    words = ("yes", "no", "unknown", "none", "never", "or")
    assert [word for word in left(said, *held) if word not in words] == []


def test_no_word_of_a_change_escapes(brackets: Path) -> None:
    with speaking(CODE, folder=brackets):
        for kind in changes():
            for known in (answers(), {n: Answer("unknown", TODAY) for n in BY_RISK}):
                for last in (None, TODAY, date(2026, 3, 22), date(2026, 5, 1)):
                    change = Change(kind=kind, on=TODAY, first=TODAY, last=last)
                    found = rescreen(answers=known, change=change, on=TODAY)
                    assert left(change_lines(found, on="2026-03-20")) == []


def test_no_word_of_the_advice_and_the_signs_escapes(brackets: Path) -> None:
    sick = test_tolerability.course(*([test_tolerability.LOOSE] * 4), mg=200.0)
    upset = test_tolerability.course(*([test_tolerability.SICK] * 7), mg=100.0)
    with speaking(CODE, folder=brackets):
        for course in (None, sick, upset):
            for reported in ((), tuple(signs())):
                advice = advise(course=course, reported=reported, words=tuple(WORDS))
                assert left(advice_lines(advice, recordable=False)) == []
        assert left(tolerability_words.urgent_lines(["fainting", "severe_belly_pain"])) == []
        assert left(sign_lines()) == []


def test_what_the_plan_says_is_the_reason_word_for_word() -> None:
    sick = test_tolerability.course(*([test_tolerability.LOOSE] * 4), mg=200.0)
    advice = advise(course=sick, reported=tuple(signs()), words=tuple(WORDS))
    assert [plan_says(r) for r in advice.reasons] == [
        f"Your registered plan says: {r.text}" for r in advice.reasons
    ]
    assert len(advice.reasons) > 4


def test_no_word_of_tonight_escapes(brackets: Path, tmp_path: Path) -> None:
    trials = [
        registered(tmp_path / "a"),
        drawn(tmp_path / "b"),
        with_dose_fixed(tmp_path / "c"),
        drawn_magnesium(tmp_path / "d"),
    ]
    for trial in trials:
        for number in (-3, 0, 5, 15, 22, 30, 45, 60, 300):
            now = at(number, "20:00")
            opened = open_trial(trial.path, now=now)
            with speaking(CODE, folder=brackets):
                lines = tonight_lines(tonight(trial=opened, now=now), trial=opened)
                said = [line for line in lines if not line.strip().startswith("ekbom ")]
            assert left(said, str(trial.path), "ekbom tolerate") == []


def test_no_word_of_doses_and_medicines_escapes(brackets: Path) -> None:
    slow = built_in("magnesium-rls")
    other = [Supplement("antacid", Label(500, "compound", "citrate"))]
    asked = [
        {"label": Label(100, "elemental", "citrate"), "unit": "capsule"},
        {"label": Label(20, "elemental", "citrate"), "unit": "capsule", "other": other},
        {"label": Label(700, "compound", "citrate"), "unit": "capsule", "target_mg": 300},
        {"label": Label(1000, "compound", "citrate"), "unit": "scoop", "region": "DE"},
        {"label": Label(160, "compound", "citrate"), "unit": "gram"},
        {"label": Label(400, "elemental", "oxide"), "unit": "capsule"},
    ]
    with speaking(CODE, folder=brackets):
        for fields in asked:
            plan = plan_dose(**{"target_mg": 200, "region": "EU", "today": TODAY, **fields})
            fill = fill_packs(plan=plan, protocol=slow) if plan.blindable and plan.top else None
            assert left(dose_lines(plan, protocol=slow, fill=fill)) == []
        for names in (["iron 21:00"], ["Xyzol 08:00"], ["ciprofloxacin (quinolone) 08:00"], []):
            medicines = [medicine_in(name) for name in names]
            found = check_medicines(medicines=medicines, dose_time=time(21, 30))
            assert left(medicine_lines(found), "Xyzol", "ciprofloxacin (quinolone)", "iron 21") in (
                [],
                ["iron"],
            )
        assert left(interaction_lines()) == []
        assert left(evidence_lines()) == []


def test_no_word_of_plans_and_simulations_escapes(brackets: Path) -> None:
    with speaking(CODE, folder=brackets):
        for record in stored_records().values():
            said = [*simulation_lines(record), describe_chances(record)]
            assert left(said, record["protocol_hash"], record["engine"]) == []
            plan = built_in(record["protocol"])
            assert left(describe_protocol(plan), content_hash(plan), *names_of(plan.name)) == []
        toml = ("looks", "after_pair", "probability_better", "decision")
        note = " ".join(looks_toml(test_looks_words.made()).split())
        assert left(looks_lines(test_looks_words.made()), note, *toml) == []
        several = [test_comparison.candidate(0.3 + n / 9, nights=90 + n) for n in range(3)]
        for limits in (Limits(), Limits(weeks=30.0, placebo_nights=99.0)):
            found = test_comparison.comparison(*several, limits=limits)
            assert left(comparison_lines(comparison_record(found)), "water", "plain") == []


def test_the_words_of_every_reminder_are_translated(brackets: Path) -> None:
    days = (date(2026, 3, 1), date(2026, 3, 2))
    with speaking(CODE, folder=brackets):
        for count in range(3):
            one = [
                Reminder(kind=kind, uid="u", at=time(21), days=days[:count], sequence=1)
                for kind in ("evening", "morning")
            ]
            assert left(reminder_lines(one, file="Ana.ics"), "Ana.ics") == []
