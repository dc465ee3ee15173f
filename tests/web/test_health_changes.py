"""What a change means on its page: where it comes from, the medicines, and help alone."""

from __future__ import annotations

import re

import pytest
from django.test import Client

from ekbom.evidence.facts import Source
from ekbom.safety.answers import Answer
from ekbom.web.begin.said import remember
from ekbom.web.devices.known import me
from web.conftest import Hands
from web.lives import trial_of
from web.test_course import read


def tell(client: Client, kind: str, **data: str):
    """Tell a change; the questions that are left out are not answered."""
    return client.post(f"/health/changed/?kind={kind}", data)


def test_sources_stand_with_their_titles_and_lead_to_their_pages(titration: Client) -> None:
    page = tell(titration, "medicine")
    found: list[Source] = [s for why in page.context["whys"] for s in why.sources]
    assert len(found) > 0
    said, made = read(page), page.content.decode()
    for source in found:
        assert f"{source.id}: {source.title}" in said
        assert (f'<a href="{source.url}" rel="noreferrer">' in made) == bool(source.url)
    assert re.findall(r"https?://", said) == []


@pytest.mark.parametrize(
    ("kind", "links"), [("medicine", 1), ("changed-dose", 1), ("surgery", 0), ("pregnancy", 0)]
)
def test_a_change_of_medicines_leads_to_their_list(
    titration: Client, kind: str, links: int
) -> None:
    made = tell(titration, kind).content.decode()
    assert made.count('href="/trial/medicines/"') == links


def test_who_said_that_they_think_of_ending_their_life_is_met_with_help_alone(
    titration: Client, clock: Hands
) -> None:
    remember(me(), answers={"dark_thoughts": Answer("yes", clock().date())})
    page = tell(titration, "medicine")
    assert page.templates[0].name == "ekbom/begin/crisis.html"
    assert read(page).count("Get help now") == 1
    kinds = [event.kind for event in trial_of(me(), clock()).events]
    assert kinds.count("no capsules") == 1
