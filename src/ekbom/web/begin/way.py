"""The way to a trial: its steps in order, and which of them is the first that is not done."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import time
from functools import wraps
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from ekbom.problem import InputError, RefusedError
from ekbom.safety.answers import Answer
from ekbom.safety.medicines import MedicineCheck, check_medicines
from ekbom.safety.screening import ScreeningResult, screen
from ekbom.web.access import for_person
from ekbom.web.begin.planned import dose_plan_of, protocol_of
from ekbom.web.begin.questions import CHECKED
from ekbom.web.begin.said import (
    Said,
    agreements_of,
    answers_of,
    list_is_missing,
    said_by,
    today_of,
)
from ekbom.web.models import Person
from ekbom.web.store import current_row

STEPS: tuple[tuple[str, str | Promise], ...] = (
    ("begin_safety", _("Safety questions")),
    ("begin_medicines", _("Medicines")),
    ("begin_product", _("Product")),
    ("begin_plan", _("Plan")),
    ("begin_differences", _("What counts")),
    ("begin_agree", _("Register")),
)
"""The addresses of the steps with their names, in order."""


@dataclass(frozen=True, slots=True)
class StepLink:
    """A step as every page of the way shows it."""

    name: str
    label: str | Promise
    number: int
    here: bool
    reached: bool


def screening_of(person: Person, *, medicines: bool = True) -> ScreeningResult:
    """Return what the safety questions say today.

    Without ``medicines`` their check counts as passed: it comes later on the way.
    """
    answers, today = answers_of(person), today_of(person)
    if not medicines:
        answers = {**answers, CHECKED: Answer("yes", today)}
    return screen(answers=answers, agreements=agreements_of(person), on=today)


def medicine_check_of(said: Said) -> MedicineCheck | None:
    """Return the check of the medicines at the planned time, ``None`` before both are given.

    Whoever takes something and listed nothing has not given their medicines.
    """
    if said.medicines is None or said.dose_at is None or list_is_missing(said):
        return None
    return check_medicines(medicines=said.medicines, dose_time=said.dose_at)


def checked_answer(said: Said, dose_at: time | None) -> str:
    """Return the answer to whether all medicines go with magnesium at this time of day."""
    check = medicine_check_of(replace(said, dose_at=dose_at))
    return "yes" if check is not None and check.result == "go" else "no"


def next_step(person: Person) -> str:
    """Return the first step of the way that is not done; the last one is done by registering."""
    return next((name for name, done in _DONE if not done(person)), STEPS[-1][0])


def step_links(person: Person, *, here: str) -> tuple[StepLink, ...]:
    """Return all steps, and which of them the person has reached."""
    names = [name for name, _ in STEPS]
    last = names.index(next_step(person))
    return tuple(
        StepLink(name, label, number, name == here, number <= last + 1)
        for number, (name, label) in enumerate(STEPS, start=1)
    )


def for_step(name: str) -> Callable[[Callable[..., HttpResponse]], Callable[..., HttpResponse]]:
    """Give a view the person, if they have come so far; others are led to what is first."""

    def decorate(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
        @for_person
        @wraps(view)
        def guarded(request: HttpRequest, person: Person, *args: Any, **kw: Any) -> HttpResponse:
            row = current_row(person)
            if row is not None and row.registered:
                return redirect("tonight")
            names = [step for step, _ in STEPS]
            first = next_step(person)
            if names.index(first) < names.index(name):
                return redirect(first)
            return view(request, person, *args, **kw)

        return guarded

    return decorate


def medicines_done(person: Person) -> bool:
    """Return whether nothing that the person takes stands in the way, or clinicians agreed."""
    check = medicine_check_of(said_by(person))
    if check is None or check.result in ("stop", "move the dose"):
        return False
    return not check.collisions and screening_of(person).may_begin


def product_done(person: Person) -> bool:
    """Return whether the product gives a dose within what is allowed."""
    plan = dose_plan_of(person)
    return plan is not None and plan.top is not None and "agreement" not in plan.needs


def _plan_done(person: Person) -> bool:
    """Return whether there is a plan that its product, as it is now, can still carry out."""
    try:
        return protocol_of(person) is not None
    except (InputError, RefusedError):
        return False


def _differences_done(person: Person) -> bool:
    plan = said_by(person).plan
    return plan is not None and plan.mids is not None


_DONE: tuple[tuple[str, Callable[[Person], bool]], ...] = (
    ("begin_safety", lambda person: screening_of(person, medicines=False).may_begin),
    ("begin_medicines", medicines_done),
    ("begin_product", product_done),
    ("begin_plan", _plan_done),
    ("begin_differences", _differences_done),
)
