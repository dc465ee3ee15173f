from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ekbom.evidence.facts import limits, salts
from ekbom.protocol.doses import Interval, Label, Supplement, check_limit, elemental, total

SALTS = st.sampled_from([None, *salts(), *{s.kind for s in salts().values()}])
AMOUNTS = st.floats(0, 5000)
LABELS = st.builds(Label, AMOUNTS, st.sampled_from(["elemental", "compound"]), SALTS)
SUPPLEMENTS = st.builds(Supplement, st.just("something"), LABELS, st.floats(0, 10))
REGIONS = st.sampled_from([*limits(), "nowhere"])
ORDER = ["within", "may be above", "above"]


@given(AMOUNTS, AMOUNTS, SALTS)
def test_more_on_the_label_is_never_less_magnesium(a: float, b: float, salt: str | None) -> None:
    less, more = (elemental(Label(x, "compound", salt)) for x in sorted((a, b)))
    assert less.low <= more.low
    assert less.high <= more.high


@given(AMOUNTS, st.sampled_from(list(salts())))
def test_what_a_packet_leaves_open_contains_every_form(amount: float, salt: str) -> None:
    point = elemental(Label(amount, "compound", salt))
    kind = elemental(Label(amount, "compound", salts()[salt].kind))
    unknown = elemental(Label(amount, "compound"))
    assert unknown.low <= kind.low <= point.low == point.high <= kind.high <= unknown.high
    assert unknown.high <= amount


@given(st.lists(SUPPLEMENTS), st.lists(SUPPLEMENTS))
def test_the_total_is_the_sum_of_the_intervals(a: list[Supplement], b: list[Supplement]) -> None:
    both = total([*a, *b])
    assert both.low == pytest.approx(total(a).low + total(b).low)
    assert both.high == pytest.approx(total(a).high + total(b).high)


@given(st.lists(SUPPLEMENTS), SUPPLEMENTS, REGIONS)
def test_one_more_supplement_never_makes_a_day_safer(
    supplements: list[Supplement], further: Supplement, region: str
) -> None:
    before = check_limit(total(supplements), region=region).verdict
    after = check_limit(total([*supplements, further]), region=region).verdict
    assert ORDER.index(before) <= ORDER.index(after)


@given(AMOUNTS, AMOUNTS, REGIONS)
def test_within_means_that_even_the_upper_end_is_allowed(a: float, b: float, region: str) -> None:
    day = Interval(*sorted((a, b)))
    check = check_limit(day, region=region)
    assert (check.verdict == "within") == (day.high <= check.limit.mg_per_day + 1e-9)
    assert (check.verdict == "above") == (day.low > check.limit.mg_per_day + 1e-9)
