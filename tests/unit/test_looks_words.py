"""Looking early in words, as a record, and as tables for a protocol."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from ekbom.protocol.files import built_in, read_protocol, resolved, toml_text
from ekbom.report.looks_words import in_100, looks_lines, looks_record, looks_toml, person_words
from ekbom.simulation.characteristics import Estimated
from ekbom.simulation.layout import layout_of
from ekbom.simulation.looks import (
    CalibratedLooks,
    Coins,
    Stops,
    Threshold,
    nuisance_set,
    power_truths,
)
from ekbom.simulation.seen import KINDS

FAST = built_in("magnesium-rls-fast")
LAYOUT = layout_of(FAST)
PEOPLE, TRUTHS = nuisance_set(LAYOUT), power_truths(LAYOUT)


def chance(value: float) -> Estimated:
    return Estimated(value, 0.01)


def stop(value: float) -> Stops:
    return Stops(chance(value), chance(value / 2), Estimated(6 - 2 * value, 0.1))


def threshold(kind, plan, value: float, error: float) -> Threshold:
    return Threshold(
        kind=kind,
        plan=plan,
        value=value,
        nulls=tuple(stop(error - 0.001 * i) for i in range(len(PEOPLE))),
        effects=tuple(stop(0.1 * (i + 1)) for i in range(len(TRUTHS))),
    )


def made(*, word: float = 0.9871, pairs: int = 6) -> CalibratedLooks:
    """Return a result with figures made up, the whole rule's calibrated threshold given."""
    own = 0.975
    return CalibratedLooks(
        protocol=FAST,
        protocol_hash="0" * 64,
        after_pairs=(3, 4, 5) if pairs == 6 else (2, 3),
        pairs=pairs,
        target=0.025,
        trials=1000,
        seed=7,
        people=PEOPLE,
        truths=TRUTHS,
        thresholds=tuple(
            threshold(kind, plan, value, error)
            for kind in KINDS
            for plan, value, error in (
                ("end only", own, 0.021),
                ("own", own, 0.055),
                ("calibrated", word if kind == "word" else 0.9904, 0.024),
            )
        ),
        coins=Coins(
            tuple(chance(0.012) for _ in PEOPLE),
            tuple(chance(0.3) for _ in TRUTHS),
            most=2.0**pairs,
            needed=(2.5, 5.0, 10.0) if pairs == 6 else (5.0, 10.0),
        ),
    )


def text(found: CalibratedLooks) -> str:
    return " ".join(" ".join(looks_lines(found)).split())


def test_the_answer_comes_first():
    first = text(made())
    assert first.startswith(
        "magnesium-rls-fast: looks after 3, 4 and 5 of 6 pairs, and the end. With a threshold of "
        "0.9871, higher than the plan's own, a treatment that does nothing is wrongly said to help "
        "in 2.4 ± 1.0 of 100 trials at most (agreed: 2.5)."
    )


def test_a_rule_that_needs_no_higher_threshold_keeps_its_own():
    found = made(word=0.0)
    assert found.advised is found.threshold("word", "own")
    assert "With a threshold of 0.975, the plan's own," in text(found)
    assert "probability_better = 0.975" in looks_toml(found)


@pytest.mark.parametrize("part", ["most", "needed"])
def test_what_the_e_process_can_still_reach_is_said(part):
    said = text(made())
    expected = {
        "most": "6 pairs can bring it to 64 at most",
        "needed": "stands above 2.5 after pair 3, 5 after pair 4, 10 after pair 5",
    }
    assert expected[part] in said


def test_four_pairs_are_said_to_be_too_few_for_the_e_process():
    assert "4 pairs are too few for it: it can reach 16 at most, and needs 20." in text(
        made(pairs=4)
    )


def test_without_coins_nothing_is_said_of_them():
    assert "e-process bets" not in text(replace(made(), coins=None))
    assert looks_record(replace(made(), coins=None))["e_process"] is None


def test_no_line_is_wider_than_a_page():
    assert max(map(len, looks_lines(made()))) <= 100


def test_the_tables_declare_the_looks_in_a_protocol():
    """As a person pastes them: at the end of a file that has no [decision] of its own."""
    tables = {key: v for key, v in resolved(FAST).items() if key not in ("decision", "looks")}
    pasted = f"{toml_text(tables)}\n{looks_toml(made())}"
    protocol = read_protocol(pasted.encode(), file="mine.toml")
    assert [(look.after_pair, look.probability_better) for look in protocol.looks] == [
        (3, 0.9871),
        (4, 0.9871),
        (5, 0.9871),
    ]
    assert protocol.decision.probability_better == 0.9871


def test_the_record_is_plain_json_with_everything_measured():
    found = made()
    record = json.loads(json.dumps(looks_record(found), allow_nan=False))
    assert record["advised"] == 0.9871
    assert record["after_pairs"] == [3, 4, 5]
    assert len(record["people"]) == 9
    assert len(record["thresholds"]) == 6
    worst = record["thresholds"][0]
    assert worst["error"] == worst["nulls"][0]["helps"] == {"value": 0.021, "error": 0.01}
    assert record["e_process"]["needed_after_pair"] == {"3": 2.5, "4": 5.0, "5": 10.0}


def test_chances_and_people_in_words():
    assert in_100(Estimated(0.0214, 0.0051)) == "2.1 ± 0.5"
    said = [person_words(person) for person in PEOPLE]
    assert said[0] == "correlation 0 from night to night"
    assert said[4] == "correlation 0.4 from night to night, drifting"
    assert said[8] == "correlation 0.8 from night to night, with flares"
