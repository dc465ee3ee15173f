"""What goes along with a trial: a file's trial is screened here, a stop and an opening stay."""

from __future__ import annotations

import io
import zipfile
from dataclasses import replace
from pathlib import Path

import pytest
from django.test import Client
from django.urls import reverse

from ekbom.analysis.verdict import reach_verdict
from ekbom.guide.situation import situation_of
from ekbom.guide.tonight import tonight
from ekbom.protocol.model import Protocol
from ekbom.trial.additions import add_event, append_event
from ekbom.trial.create import new_trial
from ekbom.trial.folder import Trial, open_trial
from ekbom.trial.log import changed_files
from ekbom.web.data.taking_in import Unfolded
from ekbom.web.devices.known import me
from ekbom.web.store import change, close, current_row, load, remembered
from web.conftest import Hands
from web.lives import DAY, FAST, FIRST, TITRATION, ZONE, at, registered
from web.moved import finished, upload, zipped
from web.test_course import kinds, taken
from web.test_course_screening import said
from web.way import agree, have_answered, list_medicines, plan_ana

pytestmark = pytest.mark.django_db


def exported(client: Client) -> dict[str, bytes]:
    archive = zipfile.ZipFile(io.BytesIO(client.get(reverse("export")).content))
    return {n.split("/")[1]: archive.read(n) for n in archive.namelist() if "readme" not in n}


def here(clock: Hands) -> Trial:
    remembered.forget()
    return load(current_row(me()), now=clock())


def capsules(clock: Hands) -> tuple[str, str]:
    """Return tonight's step about capsules, and whether it waits."""
    found = tonight(trial=here(clock), now=clock())
    step = found.step("no_capsules") or found.step("dose")
    assert step is not None
    return step.id, step.waits_for or ""


def forged(clock: Hands, protocol: Protocol) -> bytes:
    place = Unfolded({})
    trial = new_trial(place=place, protocol=protocol, start=FIRST, zone=ZONE, now=clock())
    return zipped(changed_files(None, trial))


def above_the_limit(mg: float) -> Protocol:
    assert FAST.dose is not None
    first, last = FAST.phases.titration
    titration = (replace(first, mg=100.0), replace(last, mg=mg))
    dose = replace(FAST.dose, ladder=(100.0, mg), limit_mg=mg, agreed_by="Dr. X, 2026-02-01")
    phases = replace(FAST.phases, titration=titration)
    return replace(FAST, screening_required=False, dose=dose, phases=phases)


def test_a_trial_from_a_file_has_no_capsules_before_ones_own_screening(
    ana: Client, clock: Hands
) -> None:
    registered(me(), clock)
    files = exported(ana)
    close(current_row(me()), now=clock())
    taken(upload(ana, zipped(files)))
    assert kinds(me(), clock()) == ["registered", "screening", "brought in"]
    have_answered()
    clock.now = at(TITRATION, "20:00")
    assert capsules(clock) == ("dose", "screen")
    list_medicines(ana)
    ana.post("/trial/screening/", said())
    assert capsules(clock) == ("dose", "")


def test_a_forged_limit_waits_for_a_named_clinician(ana: Client, clock: Hands) -> None:
    clock.set(f"{FIRST}T20:00+01:00")
    taken(upload(ana, forged(clock, above_the_limit(900))))
    clock.now = at(TITRATION, "20:00")
    assert capsules(clock) == ("no_capsules", "")
    ana.post("/trial/screening/", said())
    assert capsules(clock) == ("no_capsules", "")
    taken(ana.post("/health/agreed/", {"name": "Dr. Chen"}))
    assert capsules(clock) == ("dose", "")


def test_a_dose_that_is_a_slip_is_not_brought_in(ana: Client, clock: Hands) -> None:
    clock.set(f"{FIRST}T20:00+01:00")
    page = upload(ana, forged(clock, above_the_limit(5000)))
    assert page.status_code == 422
    assert "5000 mg is more than the 1000 mg that any trial here takes." in page.content.decode()
    assert current_row(me()) is None


@pytest.mark.parametrize(
    ("kind", "detail", "stopped"),
    [
        ("emergency", {"note": "chest_pain"}, True),
        ("hold", {"clinician": True}, True),
        ("no capsules", {"note": "medicine"}, True),
        ("hold", {}, False),
        ("restart", {"agreed_by": "Dr. Chen"}, False),
    ],
)
def test_a_stop_goes_along_into_the_next_trial(
    ana: Client, clock: Hands, kind: str, detail: dict[str, object], stopped: bool
) -> None:
    row, now = registered(me(), clock), clock()
    change(row, lambda t: add_event(t, kind=kind, detail=detail, now=now), now=now)
    close(row, now=now)
    plan_ana(ana)
    page = ana.get(reverse("begin_agree")).content.decode()
    assert ("In your last trial the capsules were stopped" in page) == stopped
    taken(agree(ana))
    assert ("no capsules" in kinds(me(), clock())) == stopped
    assert situation_of(trial=here(clock), now=clock()).kept_away == stopped
    if stopped:
        taken(ana.post("/health/agreed/", {"name": "Dr. Chen"}))
        assert not situation_of(trial=here(clock), now=clock()).kept_away


def test_a_trial_opened_here_and_brought_in_again_is_still_open(ana: Client, clock: Hands) -> None:
    row = registered(me(), clock)
    files = exported(ana)
    clock.on(days=3)
    night = FIRST + 2 * DAY
    detail = {"night": night}
    change(row, lambda t: add_event(t, kind="unblinding", detail=detail, now=clock()), now=clock())
    close(row, now=clock())
    taken(upload(ana, zipped(files)))
    found = [e for e in here(clock).events if e.kind == "unblinding"]
    assert [e.day("night") for e in found] == [night]


def test_the_verdict_says_that_the_running_trial_was_brought_in(
    tmp_path: Path, clock: Hands
) -> None:
    clock.set("2026-06-20T08:00+02:00")
    trial = open_trial(finished(tmp_path / "t"), now=clock())
    marked = append_event(trial, kind="brought in", detail={}, now=clock())
    checks = [
        [c.value for c in found.checks if c.name == "brought_in"]
        for one in (trial, marked)
        for found in reach_verdict(trial=one, now=clock(), only=("urge",)).outcomes.values()
    ]
    assert checks == [[], [1]]
