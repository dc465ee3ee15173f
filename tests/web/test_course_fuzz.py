"""Whatever is typed into the forms of the course: an answer, never a crash, never half a step."""

from __future__ import annotations

import pytest
from django.test import Client
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ekbom.web.devices.known import me
from ekbom.web.models import DoseRow, EntryRow, EventRow, FileRow
from ekbom.web.store import current_row, load, remembered
from web.conftest import Hands
from web.lives import DAY, PERIODS, at, lives
from web.test_results import until_packs

pytestmark = pytest.mark.slow

FORMS = {
    "/trial/pause/": ("first", "note"),
    "/trial/resume/": ("first",),
    "/trial/zone/": ("zone", "sure"),
    "/trial/stop/": ("reason", "words", "last"),
    "/trial/deviation/": ("night", "note", "what", "period"),
    "/trial/packs/": ("spare_nights",),
    "/trial/guess/1/": ("treatment", "sure", "signs", "words"),
    "/trial/guess/99999999999999999999/": ("treatment",),
    "/trial/dose/": ("mg", "capsules"),
    "/trial/finish/": ("opinion", "sure", "words"),
    "/trial/open/": (),
    "/trial/draw/": (),
    "/trial/screening/": ("question", "by", "on", "pregnancy", "egfr"),
}
"""Every form of the course with its fields."""

TYPED = st.one_of(
    st.text(max_size=60),
    st.sampled_from(
        [
            "2026-04-14",
            "0001-01-01",
            "9999-12-31",
            "1e400",
            "-1",
            "NaN",
            "\N{ARABIC-INDIC DIGIT THREE}",
            "<script>alert(1)</script>",
            "' OR 1=1 --",
            "\ud800",
            "\x00",
            "=cmd|' /C calc'!A0",
            "Europe/Berlin",
            "placebo",
            "a" * 5000,
        ]
    ),
)


@st.composite
def sent(draw: st.DrawFn) -> tuple[str, dict[str, str]]:
    address = draw(st.sampled_from(sorted(FORMS)))
    names = ("key", *FORMS[address])
    return address, {n: draw(TYPED) for n in names if draw(st.booleans())}


@pytest.fixture
def guessing(ana: Client, clock: Hands) -> Client:
    """Ana in her second period, which lasts all through the test."""
    until_packs(ana, clock)
    clock.now = at(PERIODS + 8 * DAY, "09:00")
    lives(me(), until=PERIODS + 9 * DAY)
    return ana


@settings(
    max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(what=sent())
def test_no_form_crashes_or_writes_half_a_step(
    guessing: Client, clock: Hands, what: tuple[str, dict[str, str]]
) -> None:
    address, typed = what
    typed = {k: v.encode("utf-8", "replace").decode() for k, v in typed.items()}
    before = counted()
    answer = guessing.post(address, typed)
    assert answer.status_code in (200, 302, 404, 409, 422)
    assert b"<script>alert" not in answer.content
    if counted() != before:
        assert answer.status_code in (200, 302)
    # What was written can be read again, by the rules of the folder.
    remembered.forget()
    load(current_row(me()), now=clock())


def counted() -> tuple[int, ...]:
    return tuple(m.objects.count() for m in (EventRow, EntryRow, DoseRow, FileRow))
