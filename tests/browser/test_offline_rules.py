"""The phone and the server decide alike about complaints."""

from __future__ import annotations

import itertools
from datetime import date, timedelta
from typing import Any

from playwright.sync_api import BrowserContext

from browser.phone import (
    opened,
)
from browser.served import Served
from ekbom.safety.tolerability_nights import Course, DoseNight
from ekbom.safety.tolerability_state import fold

FIRST = date(2026, 3, 1)
PHONE = {"width": 360, "height": 740}


def nights_of(pattern: tuple[dict[str, float], ...]) -> list[dict[str, Any]]:
    return [
        {"night": str(FIRST + timedelta(days=n)), "answers": answers, "doses": True}
        for n, answers in enumerate(pattern)
        if answers
    ]


def python_decides(pattern: tuple[dict[str, float], ...]) -> set[str]:
    nights = [
        DoseNight(night=FIRST + timedelta(days=n), mg=200, phase="randomised", answers=answers)
        for n, answers in enumerate([*pattern, {}])
    ]
    state = fold(Course(ladder=(100.0, 200.0), nights=tuple(nights), capsule_mg=100))
    found = {rule for rule, _ in state.lowered if rule == "nausea_or_pain"}
    if state.holding_since is not None:
        found.add("loose_stools")
    if state.clinician:
        found.add("not_settled")
    return found


QUIET = {"loose_stools": 0.0, "nausea": 0.0, "belly_pain": 0.0}
ONE_LOOSE = {**QUIET, "loose_stools": 1.0}
LOOSE = {**QUIET, "loose_stools": 3.0}
SICK = {**QUIET, "nausea": 4.0}
KINDS: tuple[dict[str, float], ...] = ({}, QUIET, ONE_LOOSE, LOOSE, SICK)


def test_the_phone_and_the_server_decide_alike(phone: BrowserContext, site: Served) -> None:
    site.do("browser.people:in_capsules")
    page = opened(phone, site, "2026-03-01T21:00+01:00")
    patterns = list(itertools.product(KINDS, repeat=4))
    patterns += [
        (*p, *q)
        for p in itertools.product((LOOSE, SICK), repeat=3)
        for q in ((QUIET, LOOSE), (SICK, SICK), ({}, LOOSE))
    ]
    found = page.evaluate(
        """async (patterns) => {
          const [name] = await caches.keys();
          const keys = await (await caches.open(name)).keys();
          const address = keys.map((key) => key.url).find((url) => url.includes("/rules."));
          const { decide } = await import(address);
          const plan = await (await fetch("/api/plan")).json();
          return patterns.map((nights) => decide(plan.rules, nights, true));
        }""",
        [nights_of(p) for p in patterns],
    )
    alike = [set(js) - {"once"} == python_decides(p) for js, p in zip(found, patterns, strict=True)]
    differ = [
        (p, js, python_decides(p))
        for ok, p, js in zip(alike, patterns, found, strict=True)
        if not ok
    ]
    assert differ == []
    assert {rule for js in found for rule in js} == {
        "loose_stools",
        "not_settled",
        "nausea_or_pain",
        "once",
    }
