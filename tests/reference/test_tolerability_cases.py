"""Tonight's advice against the table of stop rules, case by case, each with the row it shows.

The rows are those of the clinical facts, section 3c, as the table below repeats them: EMERGENCY,
SAME DAY, HOLD, STEP DOWN, END and REPORT.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

import pytest

from ekbom.safety.tolerability import advise
from ekbom.safety.tolerability_nights import Course, DoseNight
from ekbom.safety.tolerability_rules import rules, signs

START = date(2026, 3, 2)
LADDER = (100.0, 200.0)


@dataclass(frozen=True, slots=True)
class Case:
    """One evening: what was reported on the capsule nights before it, and what is to be done.

    ``loose``, ``nausea`` and ``pain`` have one figure a night, ``-`` for no report.  ``mg`` is the
    dose that was planned, ``urge`` a week's urge against ``before`` in baseline.
    """

    row: str
    action: str
    capsules: int
    loose: str = ""
    nausea: str = ""
    pain: str = ""
    urge: str = ""
    before: str = ""
    mg: float = 200.0
    signs: tuple[str, ...] = ()
    words: tuple[str, ...] = ()


CASES = (
    Case("EMERGENCY: trouble breathing", "emergency", 0, signs=("trouble_breathing",)),
    Case("EMERGENCY: fainting", "emergency", 0, signs=("fainting",)),
    Case("EMERGENCY: slow/irregular pulse", "emergency", 0, signs=("slow_or_irregular_pulse",)),
    Case("EMERGENCY: spreading muscle weakness", "emergency", 0, signs=("muscle_weakness",)),
    Case("EMERGENCY: confusion", "emergency", 0, signs=("confusion_or_sleepiness",)),
    Case("EMERGENCY: chest pain", "emergency", 0, signs=("chest_pain",)),
    Case("EMERGENCY: chest pain", "emergency", 0, signs=("rectal_bleeding", "chest_pain")),
    Case("EMERGENCY: chest pain", "emergency", 0, signs=("chest_pain",), mg=0),
    Case("SAME DAY: persistent vomiting", "same day", 0, signs=("persistent_vomiting",)),
    Case("SAME DAY: severe belly pain or swelling", "same day", 0, signs=("severe_belly_pain",)),
    Case("SAME DAY: no stool/wind", "same day", 0, signs=("no_stool_or_wind",)),
    Case("SAME DAY: rectal bleeding", "same day", 0, signs=("rectal_bleeding",)),
    Case("SAME DAY: dehydration", "same day", 0, signs=("dehydration",)),
    Case("SAME DAY: new pregnancy", "same day", 0, signs=("new_pregnancy",)),
    Case("SAME DAY: kidney news", "same day", 0, signs=("kidney_news",)),
    Case("SAME DAY: new arrhythmia", "same day", 0, signs=("new_arrhythmia",)),
    Case("SAME DAY: dehydration", "same day", 0, signs=("dehydration",), loose="44"),
    Case("HOLD: 3 loose stools on 2 days running", "hold", 0, loose="033"),
    Case("HOLD: 3 loose stools on 2 days running", "go on", 2, loose="030"),
    Case("HOLD: 3 loose stools on 2 days running", "go on", 2, loose="3030"),
    Case("HOLD: 3 loose stools on 2 days running", "go on", 2, loose="022"),
    Case("HOLD: stop until resolved", "hold", 0, loose="442"),
    Case("HOLD: stop until resolved", "hold", 0, loose="44-"),
    Case("HOLD: stop until resolved", "hold", 0, loose="44---------"),
    Case("HOLD: restart at lower dose", "step down", 1, loose="440"),
    Case("HOLD: restart at lower dose", "step down", 1, loose="440000000"),
    Case("HOLD: restart at lower dose", "go on", 1, loose="440", mg=100),
    Case("HOLD: not settled 48-72 h after stopping", "hold", 0, loose="444"),
    Case("HOLD: not settled 48-72 h after stopping", "clinician", 0, loose="4444"),
    Case("HOLD: not settled 48-72 h after stopping", "clinician", 0, loose="44-1"),
    Case("STEP DOWN: nausea >=4 on 3 of 7 days", "step down", 1, nausea="444"),
    Case("STEP DOWN: nausea >=4 on 3 of 7 days", "step down", 1, nausea="4000404"),
    Case("STEP DOWN: nausea >=4 on 3 of 7 days", "go on", 2, nausea="40004004"),
    Case("STEP DOWN: nausea >=4 on 3 of 7 days", "go on", 2, nausea="3333333"),
    Case("STEP DOWN: nausea >=4 on 3 of 7 days", "go on", 2, nausea="4-4"),
    Case("STEP DOWN: cramps >=4 on 3 of 7 days", "step down", 1, pain="0505005"),
    Case("STEP DOWN: nausea/cramps >=4 on 3 of 7 days", "step down", 1, nausea="400", pain="044"),
    Case("STEP DOWN: previous dose step", "offer end", 1, nausea="444", mg=100),
    Case("END: 2nd HOLD at the lowest dose", "end", 0, loose="440044", mg=100),
    Case("END: 2nd HOLD at the lowest dose", "hold", 0, loose="440044"),
    Case("END: 2nd HOLD at the lowest dose", "end", 0, loose="4400440044"),
    Case("END: RLS clearly worse", "offer end", 2, before="44444444444444", urge="7777777"),
    Case("END: RLS clearly worse", "go on", 2, before="44444444444444", urge="6666666"),
    Case("END: RLS clearly worse", "offer end", 2, words=("worse",)),
    Case("END: user wish", "end", 0, words=("end",)),
    Case("END: user wish", "end", 0, words=("end",), loose="44"),
)  # fmt: skip


def _nights(case: Case) -> tuple[DoseNight, ...]:
    told = {
        "loose_stools": case.loose, "nausea": case.nausea, "belly_pain": case.pain,
        "urge": case.urge,
    }  # fmt: skip
    baseline = [{"urge": float(figure)} for figure in case.before]
    length = max(len(figures) for figures in told.values())
    later = [
        {name: float(f[i]) for name, f in told.items() if i < len(f) and f[i] != "-"}
        for i in range(length)
    ]
    nights = [("baseline", 0.0, a) for a in baseline] + [("randomised", case.mg, a) for a in later]
    return tuple(
        DoseNight(night=START + timedelta(days=i), phase=phase, mg=mg, answers=answers)
        for i, (phase, mg, answers) in enumerate([*nights, ("randomised", case.mg, {})])
    )


@pytest.mark.parametrize("case", CASES, ids=lambda c: f"{c.row} {c.loose}{c.nausea}{c.pain}")
def test_advice_is_that_of_the_stop_rules(case: Case) -> None:
    course = Course(ladder=LADDER, nights=_nights(case), capsule_mg=100.0)
    advice = advise(course=course, reported=case.signs, words=case.words)
    assert (advice.action, advice.capsules) == (case.action, case.capsules)
    if case.action in ("emergency", "same day", "end", "clinician"):
        assert case.row.startswith(advice.level)


def test_every_level_of_the_table_has_a_rule_and_every_sign_a_case() -> None:
    levels = {rule.level for rule in rules().values()}
    assert levels == {"EMERGENCY", "SAME DAY", "HOLD", "STEP DOWN", "END", "REPORT", "TITRATION"}
    assert {name for case in CASES for name in case.signs} == set(signs())


@pytest.mark.parametrize("name", ["chest_pain", "rectal_bleeding"])
def test_a_serious_event_names_where_to_report_as_the_row_report_says(name: str) -> None:
    (reason,) = [r for r in advise(reported=[name]).reasons if r.level == "REPORT"]
    assert "safetyreporting.hhs.gov" in reason.text
    assert "MedWatch" in reason.text
    assert "Yellow Card" in reason.text
    assert [source.id for source in reason.sources] == ["S76", "S35"]


def test_sources_are_those_of_the_rows() -> None:
    # Hold: SmPC (S35) and BfR (S23); bleeding: the label's stop rule (S37).
    assert [s.id for s in rules()["loose_stools"].sources] == ["S35", "S23"]
    assert [s.id for s in rules()["restart_lower"].sources] == ["S35"]
    assert [s.id for s in rules()["not_settled"].sources] == ["S23"]
    assert [s.id for s in signs()["rectal_bleeding"].sources] == ["S37"]
    assert not signs()["rectal_bleeding"].ours
