"""Whatever is typed: no page breaks, nothing is half written, nothing is given away."""

from __future__ import annotations

import re
from datetime import date

import pytest
from django.db import transaction
from django.test import Client
from django.urls import reverse
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ekbom.web.devices.known import me
from ekbom.web.models import DoseRow, EntryRow, EventRow, FileRow
from ekbom.web.store import current_row, load, remembered
from web.conftest import Hands
from web.lives import DAY, FIRST, PERIODS, TITRATION, at, registered, tolerates
from web.nightly import CALM, answer, drawn, get, post, read, rows, take

pytestmark = pytest.mark.slow

HOSTILE = "<script>alert(1)</script>\u202e'\";--{{ 7*7 }}{% debug %}&amp;\u0000".replace(
    "\u0000", ""
)

NIGHTS = ("night", "morning", "evening", "dose_correct", "since", "withdraw")
PAGES = ("tonight", "nights", "changed", "complaint", "agreed", "advice_record", "changed_record")


@pytest.fixture
def titration(ana: Client, clock: Hands) -> Client:
    """Ana on the evening of her second night with capsules."""
    registered(me(), clock)
    clock.now = at(TITRATION, "09:00")
    tolerates(me(), until=TITRATION + DAY)
    clock.now = at(TITRATION + DAY, "22:00")
    return ana


WORDS = st.one_of(
    st.text(max_size=30),
    st.sampled_from(
        [
            "",
            "0",
            "1",
            "all",
            "fewer",
            "none",
            "other",
            "-1",
            "1e309",
            "nan",
            "٣",
            "2.5",
            "21:30",
            "2026-03-16",
            "9999-12-31",
            "0001-01-01",
            "side effect",
            "ended",
            "no capsules",
            "pause",
            "medicine",
            "antibiotic",
            "urge",
            HOSTILE,
        ]
    ),
)
NAMES = (
    *CALM,
    *(
        "key",
        "taken",
        "capsules",
        "at",
        "withdraw",
        "kind",
        "note",
        "name",
        "word",
        "what",
        "until",
    ),
    *("first", "last", "interacting", "agreed_by", "sign", "loose_stools_other", "egfr_typed"),
)
FORMS = (
    *((name, {"night": TITRATION + DAY}) for name in ("morning", "evening", "since", "withdraw")),
    ("dose_correct", {"night": TITRATION}),
    ("skip", {"night": TITRATION, "part": "evening"}),
    *((name, {}) for name in ("complaint", "agreed", "advice_record", "changed_record")),
    ("signs_report", {}),
)


@settings(
    max_examples=150,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(form=st.sampled_from(FORMS), data=st.dictionaries(st.sampled_from(NAMES), WORDS))
def test_no_form_breaks_and_none_is_half_taken(titration: Client, clock: Hands, form, data) -> None:
    name, where = form
    before = rows()
    with transaction.atomic():
        response = post(titration, name, data, **where)
        assert response.status_code in (200, 302, 422), response.status_code
        if response.status_code != 302 and name != "signs_report":
            assert rows() == before
        remembered.forget()
        load(current_row(me()), now=clock())
        transaction.set_rollback(True)
    remembered.forget()


@settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(
    kind=st.sampled_from(["medicine", "antibiotic", "blood-result", "diagnosis", "changed-dose"]),
    data=st.dictionaries(st.sampled_from([*NAMES, "ferritin_typed", "ferritin_word"]), WORDS),
)
def test_no_change_breaks_and_only_a_stop_is_recorded_untapped(
    titration: Client, kind, data
) -> None:
    with transaction.atomic():
        before = {*EventRow.objects.values_list("pk", flat=True)}
        response = titration.post(f"{reverse('changed')}?kind={kind}", data)
        assert response.status_code in (200, 422)
        told = EventRow.objects.exclude(pk__in=before).values_list("kind", flat=True)
        stops = bool(response.context.get("stopped"))
        assert [*told] == ["no capsules"] * stops
        transaction.set_rollback(True)


def test_hostile_text_is_shown_as_text(titration: Client) -> None:
    for name, data in (
        ("complaint", {"note": HOSTILE}),
        ("agreed", {"name": HOSTILE * 9}),
        ("complaint", {"kind": HOSTILE, "note": HOSTILE}),
    ):
        page = post(titration, name, data)
        assert page.status_code == 422
        assert "<script>alert" not in page.content.decode()
        assert "&lt;script&gt;" in page.content.decode()
    assert post(titration, "complaint", {"kind": "side effect", "note": HOSTILE}).status_code == 302
    for name in ("tonight", "nights", "trial"):
        assert "<script>alert" not in get(titration, name).content.decode()


def test_the_refused_complaint_keeps_what_was_typed(titration: Client) -> None:
    page = post(titration, "complaint", {"note": "it burns"})
    assert page.context["form"]["note"].value() == "it burns"
    page = post(titration, "evening", {"taken": "fewer", "at": "21:10"}, night=TITRATION + DAY)
    assert page.context["form"]["at"].value() == "21:10"


def test_a_stranger_sees_nothing_and_leaves_no_trace(titration: Client, mallory: Client) -> None:
    before = rows()
    for name in NIGHTS:
        for response in (get(mallory, name, night=FIRST), post(mallory, name, CALM, night=FIRST)):
            assert response.status_code in (403, 405), (name, response.status_code)
    for name in PAGES:
        for response in (get(mallory, name), post(mallory, name, {"word": "end"})):
            assert response.status_code in (403, 405), (name, response.status_code)
    for said in ("worse", "end"):
        assert get(mallory, "word", said=said).status_code == 403
    assert post(mallory, "skip", night=FIRST, part="morning").status_code == 403
    assert rows() == before


# In front of the blind.


def pages(client: Client) -> dict[str, str]:
    """Return every page of this part, without what is made anew each time."""
    found = {
        name: get(client, name).content.decode()
        for name in ("tonight", "nights", "changed", "complaint", "signs", "agreed")
    }
    for name in ("night", "morning", "evening", "dose_correct"):
        for night in (PERIODS, PERIODS + 7 * DAY):
            found[f"{name} {night}"] = get(client, name, night=night).content.decode()
    for said in ("worse", "end"):
        found[said] = get(client, "word", said=said).content.decode()
    return {name: re.sub(r'value="[0-9A-Za-z]{32,64}"', "", text) for name, text in found.items()}


def swap() -> None:
    """Let every period have had the other treatment."""
    for row in FileRow.objects.filter(name__startswith="allocation"):
        text = bytes(row.data).decode()
        for a, b in (("magnesium", "\0"), ("placebo", "magnesium"), ("\0", "placebo")):
            text = text.replace(a, b)
        row.data = text.encode()
        row.save()
    remembered.forget()


def test_no_page_knows_which_treatment_a_period_has(ana: Client, clock: Hands) -> None:
    drawn(ana, clock)
    for number in range(8):
        clock.now = at(PERIODS + number * DAY, "22:00")
        take(ana, PERIODS + number * DAY)
        clock.now = at(PERIODS + number * DAY, "08:00")
        answer(ana, PERIODS + number * DAY, loose_stools=4 * (number == 6))
    assert DoseRow.objects.filter(mg=None).count() == 8
    assert set(DoseRow.objects.filter(mg=None).values_list("pack", flat=True)) == {1, 2}
    clock.now = at(PERIODS + 7 * DAY, "22:30")
    get(ana, "tonight")  # what is said once, of the forms above, is said now
    before = pages(ana)
    assert "Period 1 is over. Which treatment do you think it was?" in before["tonight"]
    for name, text in before.items():
        assert "placebo" not in text.lower(), name
    files = {r.name: bytes(r.data) for r in FileRow.objects.all()}
    swap()
    assert {r.name: bytes(r.data) for r in FileRow.objects.all()} != files
    assert pages(ana) == before


def test_capsules_of_a_pack_are_planned_as_capsules_and_not_as_milligrams(
    ana: Client, clock: Hands
) -> None:
    drawn(ana, clock)
    page = read(get(ana, "evening", night=PERIODS))
    assert "2 capsules from pack 1." in page
    assert "mg" not in page
    assert "Pack number 1" in page
    take(ana, PERIODS, "none")
    clock.now = at(PERIODS + DAY, "22:00")
    take(ana, PERIODS + DAY, "fewer", capsules="1")
    lately = DoseRow.objects.filter(night__gte=PERIODS).order_by("position")
    assert [(d.capsules, d.mg, d.pack) for d in lately] == [(0, None, 1), (1, None, 1)]


def test_nothing_of_a_night_stands_in_an_address_or_a_message(
    titration: Client, clock: Hands
) -> None:
    clock.on(hours=10)
    response = post(titration, "morning", {"urge": "9", "loose_stools": "5"}, night=TITRATION + DAY)
    assert response.headers["Location"] == reverse("tonight")
    assert EntryRow.objects.filter(night=TITRATION + DAY).count() == 2
    assert "Kept: 2 answers about the night of Monday, 16 Mar." in read(get(titration, "tonight"))
    assert date(2026, 3, 16) == TITRATION + DAY
