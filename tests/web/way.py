"""The way to a trial, walked by posting to the real addresses as a browser does."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.test import Client
from django.urls import reverse

from ekbom.safety.answers import Answer
from ekbom.safety.questions import Value, questions
from ekbom.web.begin.questions import Section, sections
from ekbom.web.begin.said import remember, today_of
from ekbom.web.devices.known import me
from ekbom.web.models import TrialRow
from ekbom.web.store import current_row
from screenings import BY_RISK

HEALTHY: Mapping[str, Value] = {
    **{name: values[0] for name, values in BY_RISK.items()},
    "age": 52,
    "ferritin": 180,
    "egfr": 95,
    "alcohol_or_caffeine": "no",
}
"""The answers of a healthy person with restless legs who takes no medicine."""

PRODUCT: Mapping[str, str] = {
    "amount_mg": "100",
    "unit": "capsule",
    "states": "elemental",
    "salt": "citrate",
    "region": "eu",
    "others_mg": "0",
    "target_mg": "200",
}
"""Capsules whose two steps are those of the protocols as they come."""

PLAN: Mapping[str, str] = {
    "protocol": "magnesium-rls-fast",
    "start": "2026-03-01",
    "dose_at": "22:00",
    "diary_at": "08:00",
    "zone": "Europe/Berlin",
    "blinding": "open",
}


def posted(client: Client, name: str, data: Mapping[str, Any], **where: Any) -> Any:
    """Post a form to an address by its name."""
    return client.post(reverse(name, kwargs=where or None), dict(data))


def section_data(section: Section, answers: Mapping[str, object]) -> dict[str, str]:
    """Return what a browser sends for one page of questions."""
    data: dict[str, str] = {}
    for question in section.questions:
        if question.id not in answers:
            continue
        said = str(answers[question.id])
        if question.kind == "yes_no":
            data[question.id] = said
        else:
            word = said in {*questions()[question.id].words, "unknown"}
            data[f"{question.id}_{'word' if word else 'typed'}"] = said
    return data


def answer_all(client: Client, **changed: object) -> None:
    """Answer every page of the safety questions."""
    answers = {**HEALTHY, **changed}
    for section in sections():
        data = section_data(section, answers)
        response = posted(client, "begin_questions", data, part=section.number)
        assert response.status_code == 302, response.content.decode()


def have_answered(**changed: Value) -> None:
    """Let Ana have answered every page of the safety questions, without the ten pages."""
    today = today_of(me())
    asked = (q.id for section in sections() for q in section.questions)
    answers = {name: Answer({**HEALTHY, **changed}[name], today) for name in asked}
    remember(me(), answers=answers)


def list_medicines(client: Client, *lines: tuple[str, str], dose_at: str = "22:00") -> Any:
    """Write down medicines as (name, times) and the hour of the dose."""
    data = {
        "dose_at": dose_at,
        "form-TOTAL_FORMS": str(len(lines)),
        "form-INITIAL_FORMS": "0",
        "keep": "1",
    }
    for number, (name, times) in enumerate(lines):
        data |= {f"form-{number}-name": name, f"form-{number}-times": times}
    return posted(client, "begin_medicines", data)


def differences(client: Client, **changed: str) -> Any:
    """Confirm the differences as the page shows them, some of them changed."""
    page = client.get(reverse("begin_differences"))
    form = page.context["form"]
    shown = {o.id: str(form[o.id].value()) for o in form.protocol.outcomes}
    return posted(client, "begin_differences", {**shown, **changed})


def plan_ana(client: Client, **plan: str) -> None:
    """Walk Ana's way up to the last page, where nothing is registered yet."""
    answer_all(client)
    assert list_medicines(client).status_code == 302
    assert posted(client, "begin_product", PRODUCT).status_code == 302
    assert posted(client, "begin_plan", {**PLAN, **plan}).status_code == 302
    assert differences(client).status_code == 302


def agree(client: Client, **changed: str) -> Any:
    """Agree to the plan as the page shows it."""
    page = client.get(reverse("begin_agree"))
    shown = page.context["form"]["shown"].value() if page.status_code == 200 else ""
    return posted(client, "begin_agree", {"agreed": "on", "shown": shown, **changed})


def register_ana(client: Client, clock: Any, **plan: str) -> TrialRow:
    """Walk Ana's whole way, beginning tonight, and return her registered trial."""
    tonight = clock().date().isoformat()
    plan_ana(client, **{"start": tonight, **plan})
    response = agree(client, expectation="6")
    assert response.status_code == 302, response.content.decode()
    row = current_row(me())
    assert row is not None
    return row
