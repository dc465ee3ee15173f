"""Every contradiction of a protocol is told with what to do about it."""

import copy
from collections.abc import Callable
from typing import Any

import pytest

from ekbom.design.plan import check_design
from ekbom.problem import InputError
from ekbom.protocol.files import built_in, protocol_from, resolved

Tables = dict[str, Any]


def fast() -> Tables:
    return copy.deepcopy(resolved(built_in("magnesium-rls-fast")))


def said(tables: Tables) -> list[str]:
    with pytest.raises(InputError) as caught:
        check_design(protocol_from(tables, file="mine.toml"), file="mine.toml")
    return [str(p) for p in caught.value.problems]


def _set(path: str, value: object) -> Callable[[Tables], None]:
    def change(tables: Tables) -> None:
        *way, last = [int(step) if step.isdigit() else step for step in path.split(".")]
        target: Any = tables
        for step in way:
            target = target[step]
        target[last] = value

    return change


def _all(*changes: Callable[[Tables], None]) -> Callable[[Tables], None]:
    def change(tables: Tables) -> None:
        for one in changes:
            one(tables)

    return change


def _design(**fields: object) -> Callable[[Tables], None]:
    """Replace the whole design: 12 periods of 7 nights, 2 of them not analysed."""

    def change(tables: Tables) -> None:
        tables["design"] = {"period_nights": 7, "unanalysed_nights": 2, **fields}

    return change


_LIVED = [
    {"position": n, "first": f"2026-01-{n:02}", "last": f"2026-01-{n:02}"} for n in range(1, 13)
]
_IMPORTED = _set("imported", True)
_PERIOD = {"schedule": "period", "recall_nights": 5}

CONTRADICTIONS = {
    "two of one role": (
        _set("treatments.1.role", "treatment"),
        "treatments: there must be one with role treatment and one with role reference. Give each "
        "of the two treatments its role.",
    ),
    "one name twice": (
        _set("treatments.1.name", "magnesium"),
        "treatments: two have the same name. Name each differently.",
    ),
    "no primary": (
        _set("outcomes.0.role", "secondary"),
        "outcomes: 0 have the role primary. Make exactly one outcome primary.",
    ),
    "two primary": (
        _set("outcomes.1.role", "primary"),
        "outcomes: 2 have the role primary. Make exactly one outcome primary.",
    ),
    "one id twice": (
        _set("side_effects.0.id", "urge"),
        "outcomes and side effects: 'urge' stands there twice. Name each differently.",
    ),
    "an id that is a column": (
        _set("side_effects.0.id", "day"),
        "outcomes and side effects: 'day' is a column of its own. Choose another id.",
    ),
    "no scale": (
        _set("outcomes.0.maximum", 0),
        "outcomes.urge: minimum is not below maximum. Mend the scale.",
    ),
    "MID as large as the scale": (
        _set("outcomes.0.mid", 10),
        "outcomes.urge: the MID is as large as the whole scale. Choose a smaller MID.",
    ),
    "a count that does not begin at 0": (
        _all(_set("outcomes.1.kind", "count"), _set("outcomes.1.minimum", 1)),
        "outcomes.minutes_to_sleep: a count begins at 0. Set minimum = 0.",
    ),
    "per period without recall": (
        _set("outcomes.1.schedule", "period"),
        "outcomes.minutes_to_sleep: an outcome asked once a period needs recall_nights. Say how "
        "many nights its answer looks back on.",
    ),
    "primary per period": (
        _all(*(_set(f"outcomes.0.{name}", value) for name, value in _PERIOD.items())),
        "outcomes.urge: the primary outcome is asked every night. Make a nightly outcome primary.",
    ),
    "impression every night": (
        _set("outcomes.1.kind", "impression"),
        "outcomes.minutes_to_sleep: an impression of change is asked once a period. "
        'Set schedule = "period".',
    ),
    "side effect always present": (
        _set("side_effects.0.present_from", 0),
        "side_effects.loose_stools: present_from must lie above minimum, up to maximum. "
        "Mend the scale.",
    ),
    "a night without evening": (
        _all(_set("boundary_hour", 20), _set("evening_hour", 18)),
        "boundary_hour: a night that begins at 20 has no evening at 18. Let evening_hour be "
        "boundary_hour or later.",
    ),
    "pairs without a number": (
        _design(kind="pairs"),
        "design: kind 'pairs' needs pairs. Add pairs to [design].",
    ),
    "counterbalanced without a number": (
        _design(kind="counterbalanced"),
        "design: kind 'counterbalanced' needs pairs. Add pairs to [design].",
    ),
    "blocks without a block": (
        _design(kind="blocks", blocks=3),
        "design: kind 'blocks' needs block. Add block to [design].",
    ),
    "complete without periods": (
        _design(kind="complete"),
        "design: kind 'complete' needs periods. Add periods to [design].",
    ),
    "a field of another kind": (
        _design(kind="pairs", pairs=6, max_run=2),
        "design: kind 'pairs' has no use for max_run. Remove max_run.",
    ),
    "nothing analysed": (
        _set("design.unanalysed_nights", 7),
        "design: 7 unanalysed nights leave nothing of periods of 7. Lengthen the periods or "
        "analyse more of their nights.",
    ),
    "more pairs than offered": (
        _set("design.pairs", 13),
        "design: 13 pairs are more than the 12 offered. Use at most 12 pairs.",
    ),
    "unanalysed nights at random starts": (
        _design(kind="start_points", periods=20, pattern="AB", minimum_phase=3),
        "design: unanalysed nights after a random change would give the change away. Set "
        "unanalysed_nights = 0; carry-over is modelled.",
    ),
    "a fixed order called random": (
        _design(kind="fixed", order=["magnesium", "placebo"]),
        "design: a fixed order is not randomised. Set randomised = false.",
    ),
    "a treatment nobody knows": (
        _design(kind="blocks", blocks=3, block=["magnesium", "tea"]),
        "design: 'tea' is not one of the treatments. Use the treatments' names.",
    ),
    "a block of one treatment": (
        _design(kind="blocks", blocks=3, block=["magnesium", "magnesium"]),
        "design: block (1, 1): list at least two treatments, numbered 0, 1, ... with no gap. "
        "Mend [design].",
    ),
    "no room for the phases": (
        _design(kind="start_points", unanalysed_nights=0, periods=5, pattern="AB", minimum_phase=3),
        "design: 2 phases of at least 3 need 6 periods, not 5: have more periods or a smaller "
        "minimum. Mend [design].",
    ),
    "a lived period that ends before it begins": (
        _all(_IMPORTED, _set("design.lived", [{**_LIVED[0], "last": "2025-12-31"}, *_LIVED[1:]])),
        "design.lived, position 1: it ends before it begins. Mend its dates.",
    ),
    "lived periods out of order": (
        _all(_IMPORTED, _set("design.lived", [_LIVED[1], _LIVED[0], *_LIVED[2:]])),
        "design.lived, position 1: it overlaps or precedes the one before. Put them in order.",
    ),
    "a lived period beyond the design": (
        _all(
            _IMPORTED,
            _set(
                "design.lived",
                [*_LIVED, {"position": 13, "first": "2026-01-13", "last": "2026-01-13"}],
            ),
        ),
        "design.lived, position 13: the design has 12 periods. Mend the position or the design.",
    ),
    "half a pair may be missing": (
        _all(_IMPORTED, _set("design.lived", _LIVED[:11])),
        None,
    ),
    "periods that were lived before the trial began": (
        _set("design.lived", _LIVED),
        "design.lived: only an imported trial has periods that were lived already. Remove lived; "
        "ekbom import makes a trial from data of one that is over.",
    ),
    "a scale that nobody means": (
        _set("outcomes.0.maximum", 1e300),
        "outcomes.urge: a number of its scale is beyond 1,000,000,000. Mend the scale.",
    ),
    "a prior that nobody means": (
        _set("outcomes.0.prior_range", 1e300),
        "outcomes.urge: a number of its scale is beyond 1,000,000,000. Mend the scale.",
    ),
    "a side effect that nobody means": (
        _set("side_effects.0.maximum", 1.1e9),
        "side_effects.loose_stools: a number of its scale is beyond 1,000,000,000. Mend the scale.",
    ),
    "a titration without a ladder": (
        _set("dose", None),
        "phases.titration: there is no [dose] ladder to rise on. Add [dose].",
    ),
    "a ladder that falls": (
        _set("dose.ladder", [200, 100]),
        "dose.ladder: it does not rise. Write each step once, in rising order.",
    ),
    "a ladder beyond the limit": (
        _set("dose.ladder", [100, 200, 300]),
        "dose.ladder: 300 mg is more than the limit of 250 mg elemental a day. Use less, or write "
        "the name of the clinician who agreed into agreed_by.",
    ),
    "a limit of one's own": (
        _set("dose.limit_mg", 400),
        "dose.limit_mg: 400 mg is more than the 250 mg elemental a day of the region 'unknown'. "
        "Use less, or write the name of the clinician who agreed into agreed_by.",
    ),
    "a titration off the ladder": (
        _set("phases.titration.0.mg", 150),
        "phases.titration: 150 mg is not on the ladder. Use the ladder's steps.",
    ),
    "a look after the end": (
        _set("looks", [{"after_pair": 6, "probability_better": 0.99}]),
        "looks: there is no look after pair 6. Declare looks after earlier pairs only.",
    ),
}


@pytest.mark.parametrize("name", CONTRADICTIONS)
def test_a_contradiction_is_told(name: str) -> None:
    change, message = CONTRADICTIONS[name]
    tables = fast()
    change(tables)
    if message is None:
        check_design(protocol_from(tables, file="mine.toml"), file="mine.toml")
    else:
        assert said(tables) == [f"mine.toml: {message}"]


def test_a_pair_of_which_nothing_was_lived_cannot_be_told() -> None:
    tables = fast() | {"imported": True}
    tables["design"]["lived"] = _LIVED[:10]
    assert said(tables) == [
        f"mine.toml: design.lived: position {n} is missing. Add its first and last night."
        for n in (11, 12)
    ]


def test_missing_numbers_of_random_starts_are_told_at_once() -> None:
    tables = fast()
    tables["design"] = {"kind": "start_points"}
    assert said(tables) == [
        f"mine.toml: design: kind 'start_points' needs {name}. Add {name} to [design]."
        for name in ("periods", "pattern", "minimum_phase")
    ]


def test_a_clinician_may_agree_to_more_than_the_limit() -> None:
    tables = fast()
    tables["dose"] |= {"ladder": [100, 200, 300], "limit_mg": 300, "agreed_by": "Dr. Chen"}
    assert protocol_from(tables, file="mine.toml").dose is not None


def test_an_imported_trial_may_have_gone_beyond_a_limit() -> None:
    tables = fast()
    tables["imported"] = True
    tables["design"]["lived"] = _LIVED
    tables["dose"] |= {"ladder": [100, 200, 800], "limit_mg": 800}
    assert protocol_from(tables, file="mine.toml").imported


def test_all_faults_are_told_at_once() -> None:
    tables = fast()
    tables["outcomes"][0]["mid"] = 10
    tables["dose"]["ladder"] = [200, 100]
    assert len(said(tables)) == 2
