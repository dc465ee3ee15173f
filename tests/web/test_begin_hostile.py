"""Arbitrary and hostile text in every form of the way: never an error page, never half a trial."""

from __future__ import annotations

from collections.abc import Mapping

import pytest
from django.db import connection
from django.urls import reverse
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ekbom.protocol.files import built_in
from ekbom.web.begin.questions import sections
from ekbom.web.begin.said import said_by
from ekbom.web.begin.urls import urlpatterns
from ekbom.web.devices.known import me
from ekbom.web.models import EventRow, FileRow, TrialRow
from web.way import (
    HEALTHY,
    PLAN,
    PRODUCT,
    differences,
    have_answered,
    list_medicines,
    plan_ana,
    posted,
    register_ana,
    section_data,
)

pytestmark = [pytest.mark.django_db, pytest.mark.slow]

MARKUP = "<script>alert(1)</script><img src=x onerror=alert(2)>\"'&{{ 7|add:7 }}{% now %}"
NASTY = (
    MARKUP,
    "\x00",
    "\u202e\ufeff",
    "'; DROP TABLE ekbom_trialrow; --",
    "9" * 400,
    "1e309",
    "NaN",
    "-0",
    "٣",
    "2026-02-30",
    "0000-00-00",
    "10000-01-01",
    "24:00",
    "../../etc/passwd",
    "%s%n{}",
    "unknown",
    "yes",
)
TEXT = st.one_of(st.sampled_from(NASTY), st.text(max_size=30), st.integers().map(str))
MANY = settings(
    max_examples=25,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


def some(names) -> st.SearchStrategy[dict[str, str]]:
    """Return forms in which some fields are as they should be and some hold anything."""
    return st.dictionaries(st.sampled_from(sorted(names)), TEXT, max_size=6)


def question_fields() -> list[str]:
    plain = [q.id for s in sections() for q in s.questions]
    return [*plain, *(f"{name}_{part}" for name in plain for part in ("typed", "word")), "key"]


def nothing_registered() -> None:
    """No trial, or a whole one: its files and its events are there."""
    for row in TrialRow.objects.all():
        assert FileRow.objects.filter(trial=row, name="trial.toml").exists()
        assert not row.registered or EventRow.objects.filter(trial=row, kind="screening").exists()


def taken(response) -> None:
    assert response.status_code in (302, 422), response.status_code
    nothing_registered()


@MANY
@given(changed=some(question_fields()), part=st.integers(1, len(sections())))
def test_any_text_in_the_safety_questions(ana, changed, part) -> None:
    data = section_data(sections()[part - 1], HEALTHY)
    taken(posted(ana, "begin_questions", {**data, **changed}, part=part))
    assert ana.get(reverse("begin_result")).status_code == 200
    assert ana.get(reverse("begin_questions", args=[part])).status_code == 200


@MANY
@given(by=TEXT, on=TEXT, question=st.sampled_from(["slow_pulse", "age", "nothing"]))
def test_any_text_in_an_agreement(ana, by, on, question) -> None:
    if not said_by(me()).answers:
        have_answered(slow_pulse="yes")
    taken(posted(ana, "begin_result", {"about": question, "by": by, "on": on}))
    assert ana.get(reverse("begin_result")).status_code == 200


def rows() -> st.SearchStrategy[dict[str, str]]:
    names = [f"form-{n}-{part}" for n in range(3) for part in ("name", "times", "group")]
    odd = ["form-TOTAL_FORMS", "form-INITIAL_FORMS", "dose_at", "add", "remove", "none", "key"]
    return some([*names, *odd])


@MANY
@given(changed=rows())
def test_any_text_in_the_medicines(ana, changed) -> None:
    if not said_by(me()).answers:
        have_answered(medicines="yes")
    data = {"dose_at": "22:00", "form-TOTAL_FORMS": "3", "form-INITIAL_FORMS": "0"}
    response = posted(ana, "begin_medicines", {**data, **changed})
    assert response.status_code in (200, 302, 422)
    assert ana.get(reverse("begin_medicines")).status_code == 200
    nothing_registered()


def on_the_way(client, name: str) -> bool:
    """Return whether the person may be at this page; after a wild answer they may not."""
    return client.get(reverse(name)).status_code == 200


@MANY
@given(changed=some([*PRODUCT, "agreed_by", "agreed_mg", "agreed_on", "key"]))
def test_any_text_in_the_product(ana, changed) -> None:
    if not on_the_way(ana, "begin_product"):
        have_answered()
        list_medicines(ana)
    taken(posted(ana, "begin_product", {**PRODUCT, **changed}))
    assert ana.get(reverse("begin_product")).status_code == 200


@MANY
@given(changed=some([*PLAN, "pairs", "period_nights", "unanalysed_nights", "key"]))
def test_any_text_in_the_plan(ana, changed) -> None:
    if not on_the_way(ana, "begin_plan"):
        plan_ana(ana)
    taken(posted(ana, "begin_plan", {**PLAN, **changed}))
    assert ana.get(reverse("begin_plan")).status_code == 200


@MANY
@given(changed=some([*(o.id for o in built_in("magnesium-rls-fast").outcomes), "key"]))
def test_any_text_in_the_differences(ana, changed) -> None:
    if not on_the_way(ana, "begin_differences"):
        plan_ana(ana)
    response = differences(ana, **changed)
    taken(response)
    assert ana.get(reverse("begin_agree")).status_code == 200


@MANY
@given(changed=some(["agreed", "expectation", "key"]))
def test_any_text_in_the_registration(ana, changed) -> None:
    TrialRow.objects.all().delete()
    if not on_the_way(ana, "begin_agree"):
        plan_ana(ana)
    taken(posted(ana, "begin_agree", {"expectation": "5", **changed}))


@MANY
@given(changed=some(["zone", "bedtime", "key"]))
def test_any_text_in_the_diary(ana, changed) -> None:
    TrialRow.objects.all().delete()
    taken(posted(ana, "begin_diary", {"zone": "Europe/Berlin", "bedtime": "22:00", **changed}))


def test_markup_is_text_on_every_page_that_shows_it(ana, clock) -> None:
    name = f"Dr. {MARKUP}"
    have_answered(slow_pulse="yes", medicines="yes")
    posted(ana, "begin_result", {"about": "slow_pulse", "by": name, "on": "2026-03-01"})
    list_medicines(ana, (f"{MARKUP} (other)", "08:00"))
    agreed = {
        "target_mg": "300",
        "agreed_by": name,
        "agreed_mg": "300",
        "agreed_on": "2026-03-01",
    }
    posted(ana, "begin_product", {**PRODUCT, **agreed})
    posted(ana, "begin_plan", PLAN)
    differences(ana)
    seen = {}
    for page in ("result", "doctor", "medicines", "product", "plan", "chances", "agree"):
        response = ana.get(reverse(f"begin_{page}"))
        assert response.status_code == 200, page
        seen[page] = response.content.decode()
        assert "<script>alert" not in seen[page], page
        assert "<img src=x" not in seen[page], page
    shown = [page for page, text in seen.items() if "&lt;script&gt;alert(1)&lt;/script&gt;" in text]
    assert shown == ["result", "doctor", "medicines", "product", "agree"]
    bad = list_medicines(ana, (MARKUP, MARKUP))
    assert bad.status_code == 422
    assert "<script>alert" not in bad.content.decode()


def addresses() -> list[str]:
    """Return every address of the way, with something in each place."""
    places: Mapping[str, Mapping[str, object]] = {
        "begin_questions": {"part": 1},
    }
    return [reverse(p.name, kwargs=places.get(p.name)) for p in urlpatterns]


def everything() -> dict[str, list[tuple[object, ...]]]:
    """Return every row of every table."""
    with connection.cursor() as cursor:
        found = {}
        for table in connection.introspection.table_names(cursor):
            cursor.execute(f'SELECT * FROM "{table}"')
            found[table] = cursor.fetchall()
    return found


@pytest.mark.parametrize("address", addresses())
def test_a_stranger_is_refused_everywhere_and_leaves_no_trace(mallory, ana, clock, address) -> None:
    register_ana(ana, clock)
    before = everything()
    for response in (
        mallory.get(address),
        mallory.post(address, {**PRODUCT, **PLAN, "agreed": "on", "bedtime": "22:00"}),
    ):
        assert response.status_code == 403
        assert "Ana" not in response.content.decode()
    assert everything() == before
