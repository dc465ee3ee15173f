"""Protocol files: read, written, hashed, described; and the numbers of the built-in ones."""

import copy
import dataclasses
import json
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from ekbom.evidence.facts import limit_for
from ekbom.problem import InputError
from ekbom.protocol.files import (
    BUILT_IN,
    built_in,
    content_hash,
    json_schema,
    protocol_from,
    read_protocol,
    resolved,
    toml_text,
    with_design,
    with_mids,
    with_region,
)
from ekbom.protocol.model import DecisionRule, Outcome, Protocol

ROOT = Path(__file__).parents[2]
MID_NOTE = "our choice; no verified source for one person"


def said(data: bytes) -> list[str]:
    with pytest.raises(InputError) as caught:
        read_protocol(data, file="mine.toml")
    return [str(p) for p in caught.value.problems]


def _outcome(protocol: Protocol, name: str) -> tuple[object, ...]:
    o = protocol.outcome(name)
    return o.kind, o.minimum, o.maximum, o.direction, o.prior_range, o.mid


def test_magnesium_rls_has_the_numbers_of_rules_1() -> None:
    p = built_in("magnesium-rls")
    assert p.phases.baseline_nights == 14
    assert [(s.nights, s.mg) for s in p.phases.titration] == [(7, 100), (7, 200)]
    assert p.phases.washout_nights == 28
    plan = p.design
    assert (plan.kind, plan.pairs, plan.max_pairs) == ("pairs", 3, 5)
    assert (plan.period_nights, plan.unanalysed_nights) == (28, 14)
    a = p.analysis
    assert (a.tau_median, a.tau_log_sd, a.tau_test, a.rho_test) == (10, 0.8, 10, 0.4)


def test_magnesium_rls_fast_has_the_numbers_of_rules_1() -> None:
    p = built_in("magnesium-rls-fast")
    assert p.phases.baseline_nights == 14
    assert [(s.nights, s.mg) for s in p.phases.titration] == [(7, 100), (7, 200)]
    assert p.phases.washout_nights == 14
    plan = p.design
    assert (plan.kind, plan.pairs) == ("pairs", 6)
    assert (plan.period_nights, plan.unanalysed_nights) == (7, 2)
    a = p.analysis
    assert (a.tau_median, a.tau_log_sd, a.tau_test, a.rho_test) == (2, 0.7, 2, 0.4)


@pytest.mark.parametrize("name", BUILT_IN)
def test_outcomes_have_the_numbers_of_rules_1(name: str) -> None:
    p = built_in(name)
    assert p.primary.id == "urge"
    for rating in ("urge", "cramps", "sensations"):
        assert _outcome(p, rating) == ("rating", 0, 10, "lower", 10, 1)
    for rating in ("sleep_quality", "calm"):
        assert _outcome(p, rating) == ("rating", 0, 10, "higher", 10, 1)
    for minutes in ("minutes_to_sleep", "minutes_awake"):
        assert _outcome(p, minutes) == ("minutes", 0, 720, "lower", 120, 10)
    assert _outcome(p, "impression")[:3] == ("impression", 1, 7)
    assert all(o.mid_note.startswith(MID_NOTE) for o in p.outcomes)


def test_the_irls_total_has_the_numbers_of_rules_1_and_is_asked_only_of_the_slow_protocol() -> None:
    slow, fast = map(built_in, BUILT_IN)
    irls = slow.outcome("irls_total")
    assert _outcome(slow, "irls_total") == ("total", 0, 40, "lower", 40, 3)
    assert (irls.mid_also, irls.schedule, irls.recall_nights) == ((9,), "period", 14)
    with pytest.raises(KeyError, match=r"^'irls_total'$"):
        fast.outcome("irls_total")


def test_the_decision_rule_begins_with_the_numbers_of_rules_5() -> None:
    d = DecisionRule()
    assert (d.probability_better, d.probability_mid, d.probability_negligible) == (0.975, 0.5, 0.9)
    assert (d.randomisation_p, d.min_pairs, d.min_reports) == (0.05, 2, 5)
    assert (d.max_sd_ratio, d.max_missing, d.max_reported_gap) == (0.5, 0.4, 0.2)
    assert (d.min_side_effect_nights, d.min_period_pairs) == (28, 4)


def test_the_built_in_protocols_move_only_the_thresholds_that_were_measured() -> None:
    moved = dataclasses.replace(DecisionRule(), probability_negligible=0.925)
    assert built_in("magnesium-rls").decision == moved
    assert built_in("magnesium-rls-fast").decision == dataclasses.replace(moved, min_reports=3)


@pytest.mark.parametrize("name", BUILT_IN)
def test_the_dose_has_the_numbers_of_rules_1_8_and_9(name: str) -> None:
    dose = built_in(name).dose
    assert dose is not None
    assert dose.ladder == (100, 200)
    assert dose.limit_mg == limit_for("unknown").mg_per_day == 250
    assert (dose.least_hours, dose.max_capsules) == (16, 6)
    assert (dose.spare_share, dose.proof_capsules) == (0.15, 2)


@pytest.mark.parametrize("name", BUILT_IN)
def test_the_settings_of_time_and_screening_are_those_of_rules_2_and_3(name: str) -> None:
    p = built_in(name)
    assert (p.boundary_hour, p.evening_hour, p.design.short_pause_nights) == (12, 18, 3)
    assert (p.screening_required, p.screening_days, p.blinding) == (True, 28, "open")


def test_there_is_no_other_built_in_protocol() -> None:
    with pytest.raises(KeyError, match=r"^'magnesium'$"):
        built_in("magnesium")


@pytest.mark.parametrize("name", BUILT_IN)
def test_a_protocol_reads_back_from_its_resolved_toml(name: str) -> None:
    p = built_in(name)
    text = toml_text(resolved(p))
    assert read_protocol(text.encode(), file="again.toml") == p
    assert content_hash(read_protocol(text.encode(), file="again.toml")) == content_hash(p)


def _reordered(value: Any) -> Any:
    if isinstance(value, dict):
        return {k: _reordered(value[k]) for k in reversed(value)}
    return [_reordered(v) for v in value] if isinstance(value, list) else value


def _as_floats(value: Any) -> Any:
    if isinstance(value, dict):
        return {k: _as_floats(v) for k, v in value.items()}
    if isinstance(value, list):
        return [_as_floats(v) for v in value]
    return float(value) if isinstance(value, int) and not isinstance(value, bool) else value


def test_the_hash_depends_on_the_content_and_not_on_the_file() -> None:
    p = built_in("magnesium-rls")
    for tables in (_reordered(resolved(p)), _as_floats(resolved(p))):
        assert content_hash(protocol_from(tables, file="x")) == content_hash(p)
    spaced = (
        b"\xef\xbb\xbf# a comment\r\n" + toml_text(resolved(p)).replace(" = ", "   =  ").encode()
    )
    assert content_hash(read_protocol(spaced, file="x")) == content_hash(p)


def _leaves(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    if isinstance(value, dict):
        for key, item in value.items():
            yield from _leaves(item, (*path, key))
    elif isinstance(value, list) and value:
        for place, item in enumerate(value):
            yield from _leaves(item, (*path, place))
    else:
        yield path


def _changed(value: Any) -> Any:
    match value:
        case bool():
            return not value
        case int() | float():
            return value + 1
        case str():
            return value + "x"
        case _:
            return ["x"] if isinstance(value, list) else 7


def test_the_hash_depends_on_every_field() -> None:
    from ekbom.protocol.files import tables_hash

    tables = resolved(built_in("magnesium-rls"))
    hashes = {tables_hash(tables)}
    paths = [*_leaves(tables)]
    for path in paths:
        other = copy.deepcopy(tables)
        target = other
        for step in path[:-1]:
            target = target[step]
        target[path[-1]] = _changed(target[path[-1]])
        hashes.add(tables_hash(other))
    assert len(hashes) == len(paths) + 1 > 200


def test_every_field_of_the_model_is_in_the_resolved_protocol() -> None:
    p = built_in("magnesium-rls")
    tables = resolved(p)
    assert set(tables) == {f.name for f in dataclasses.fields(p)}
    assert set(tables["outcomes"][0]) == {f.name for f in dataclasses.fields(Outcome)}


def test_the_schema_describes_every_field_of_the_built_in_protocols() -> None:
    schema = json_schema()
    names = {f.name for f in dataclasses.fields(Protocol)}
    assert set(schema["properties"]) == names
    assert schema["additionalProperties"] is False
    assert set(schema["required"]) == {
        "name",
        "title",
        "treatments",
        "outcomes",
        "design",
        "analysis",
    }
    outcome = schema["$defs"]["Outcome"]
    assert {"direction", "minimum", "maximum", "prior_range", "mid"} <= set(outcome["required"])
    for name in BUILT_IN:
        raw = tomllib.loads(
            (ROOT / f"src/ekbom/protocol/built_in/{name}.toml").read_text(encoding="utf-8")
        )
        assert set(schema["required"]) <= set(raw) <= names
        for item in raw["outcomes"]:
            assert set(outcome["required"]) <= set(item) <= set(outcome["properties"])
    for part in (schema, *schema["$defs"].values()):
        for name, field in part["properties"].items():
            assert field.get("description") or "$ref" in field, name


def test_the_published_schema_is_the_one_the_code_makes() -> None:
    published = json.loads((ROOT / "docs/protocol.schema.json").read_text(encoding="utf-8"))
    assert published == json_schema()


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"name = \xff", "it is not UTF-8 text. Save it as UTF-8."),
        (
            b"name = ",
            "it is not TOML: invalid value (at end of document). Mend the line named.",
        ),
    ],
)
def test_a_file_that_cannot_be_read_says_why(data: bytes, message: str) -> None:
    assert said(data) == [f"mine.toml: {message}"]


def test_an_unknown_field_and_a_missing_one_are_both_told() -> None:
    text = toml_text({**resolved(built_in("magnesium-rls")), "titel": "x"})
    text = text.replace('title = "', 'was_title = "')
    assert said(text.encode()) == [
        "mine.toml: title: Field required. See docs/protocol.md.",
        "mine.toml: was_title: Unexpected keyword argument. See docs/protocol.md.",
        "mine.toml: titel: Unexpected keyword argument. See docs/protocol.md.",
    ]


@pytest.mark.parametrize("number", ["inf", "nan", "-1", "0"])
def test_a_mid_that_is_no_difference_is_refused(number: str) -> None:
    text = toml_text(resolved(built_in("magnesium-rls"))).replace("mid = 1.0", f"mid = {number}", 1)
    assert len(said(text.encode())) == 1
    with pytest.raises(InputError):
        with_mids(built_in("magnesium-rls"), {"urge": float(number)})


def test_number_and_length_of_periods_can_be_chosen_before_registration() -> None:
    p = with_design(built_in("magnesium-rls"), pairs=5, period_nights=21, unanalysed_nights=7)
    assert (p.design.pairs, p.design.period_nights, p.design.unanalysed_nights) == (5, 21, 7)
    assert with_design(built_in("magnesium-rls")) == built_in("magnesium-rls")
    with pytest.raises(InputError, match=r"^magnesium-rls: design: 6 pairs are more than the 5"):
        with_design(built_in("magnesium-rls"), pairs=6)


def test_the_number_of_pairs_is_refused_where_the_design_has_none() -> None:
    p = protocol_from(
        {
            **resolved(built_in("magnesium-rls")),
            "design": {"kind": "complete", "periods": 6, "period_nights": 28},
        },
        file="mine",
    )
    with pytest.raises(InputError) as caught:
        with_design(p, pairs=3)
    assert str(caught.value) == (
        "magnesium-rls: design: kind 'complete' has no use for pairs. Remove pairs."
    )


def test_the_person_may_choose_their_own_mids() -> None:
    p = with_mids(built_in("magnesium-rls"), {"urge": 1.5})
    assert (p.outcome("urge").mid, p.outcome("cramps").mid) == (1.5, 1)
    with pytest.raises(InputError) as caught:
        with_mids(built_in("magnesium-rls-fast"), {"itch": 1})
    assert str(caught.value) == (
        "magnesium-rls-fast: there is no outcome 'itch'. Use one of: urge, minutes_to_sleep, "
        "minutes_awake, cramps, sensations, sleep_quality, calm, impression."
    )


@pytest.mark.parametrize(("region", "mg"), [("EU", 250), ("us", 350), ("UK", 350)])
def test_the_limit_follows_the_region_as_rules_8_says(region: str, mg: float) -> None:
    dose = with_region(built_in("magnesium-rls"), region).dose
    assert dose is not None
    assert (dose.region, dose.limit_mg) == (region.lower(), mg)


def test_a_region_nobody_knows_is_refused_by_name() -> None:
    with pytest.raises(InputError) as caught:
        with_region(built_in("magnesium-rls"), "Mars")
    assert str(caught.value) == (
        "magnesium-rls: there is no region 'Mars'. Use one of: eu, de, us, no, uk, gb, unknown."
    )


def test_toml_has_no_word_for_other_things() -> None:
    with pytest.raises(TypeError, match=r"^TOML has no object$"):
        toml_text({"x": object()})
