"""A plan of one's own is worked out beside everything else, once, and leaves nothing behind."""

from __future__ import annotations

import subprocess
import threading
import time
from pathlib import Path

import pytest
from django.conf import settings
from django.urls import reverse

from ekbom.problem import RefusedError
from ekbom.protocol.files import built_in, content_hash, with_design, with_mids
from ekbom.trial.files import locked
from ekbom.web.begin import refine
from ekbom.web.begin.chances import as_shipped
from ekbom.web.begin.planned import protocol_of
from ekbom.web.devices.known import me
from ekbom.web.models import Setting
from web.way import PRODUCT, plan_ana, posted

pytestmark = pytest.mark.slow

SMALL = with_design(built_in("magnesium-rls-fast"), pairs=2, period_nights=4, unanalysed_nights=1)


@pytest.fixture(autouse=True)
def nothing_worked_on() -> None:
    """Let what an earlier test of this process began come to its end."""
    finish()


def left_behind() -> list[Path]:
    folder = settings.SITE.data / "simulation"
    return list(folder.iterdir()) if folder.exists() else []


def children() -> str:
    listed = ["ps", "-eo", "args"]
    told = subprocess.run(listed, capture_output=True, text=True, check=True).stdout
    return "\n".join(line for line in told.splitlines() if str(settings.SITE.data) in line)


def test_a_subprocess_works_out_this_very_plan_and_leaves_nothing() -> None:
    (settings.SITE.data / "simulation" / "left by a crash").mkdir(parents=True)
    record = refine.work_out(SMALL, trials=2)
    assert record["protocol_hash"] == content_hash(SMALL)
    assert left_behind() == []


def test_it_is_stopped_when_its_time_is_over_and_leaves_nothing() -> None:
    begun = time.monotonic()
    refine.work_out(built_in("magnesium-rls"), seconds=2, trials=100_000)
    assert time.monotonic() - begun < 10
    assert (left_behind(), children()) == ([], "")


def test_two_are_never_worked_out_at_once() -> None:
    folder = settings.SITE.data / "simulation"
    folder.mkdir(exist_ok=True)
    with locked(folder), pytest.raises(RefusedError):
        refine.work_out(SMALL, trials=2)


@pytest.mark.django_db
def test_another_plan_waits_while_one_is_worked_on(monkeypatch) -> None:
    monkeypatch.setattr(refine, "TRIALS", 2)
    other = with_mids(SMALL, {"urge": 2})
    assert refine.refined(SMALL) == (refine.State.RUNNING, None)
    assert refine.refined(other) == (refine.State.WAITING, None)
    finish()
    state, record = refine.refined(SMALL)
    assert (state, record["protocol_hash"]) == (refine.State.DONE, content_hash(SMALL))
    kept = Setting.objects.get(name=f"chances {content_hash(SMALL)}")
    assert content_hash(SMALL) in kept.value


def finish() -> None:
    for thread in threading.enumerate():
        if thread.name == refine.THREAD:
            thread.join(70)


@pytest.mark.django_db
def test_a_plan_of_ones_own_shows_the_shipped_one_until_it_is_worked_out(
    ana, clock, monkeypatch
) -> None:
    monkeypatch.setattr(refine, "TRIALS", 2)
    plan_ana(ana, pairs="2", period_nights="4", unanalysed_nights="1")
    page = ana.get(reverse("begin_chances"))
    assert (page.context["state"], page.context["exact"]) == ("running", False)
    assert page.context["weeks"] == "18"
    assert 'http-equiv="refresh"' in page.content.decode()
    finish()
    page = ana.get(reverse("begin_chances"))
    assert (page.context["state"], page.context["exact"]) == ("done", True)
    assert page.context["nights"] < 80
    assert 'http-equiv="refresh"' not in page.content.decode()


@pytest.mark.django_db
def test_the_name_of_the_salt_changes_no_simulated_night(ana, clock) -> None:
    plan_ana(ana)
    posted(ana, "begin_product", {**PRODUCT, "salt": "magnesium_hydrogen_citrate"})
    protocol = protocol_of(me())
    assert protocol.dose.substance == "Magnesium hydrogen citrate 1:1, anhydrous"
    assert as_shipped(protocol).dose.substance == "magnesium citrate"
    assert ana.get(reverse("begin_chances")).context["exact"]
