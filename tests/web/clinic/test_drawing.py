"""A clinic's sealed trial: drawn on its server, opened only in the copies of its key holder."""

from __future__ import annotations

import re
import stat
from dataclasses import replace

import pyrage
import pytest

from ekbom.analysis.verdict import reach_verdict
from ekbom.trial.additions import add_event
from ekbom.trial.place import SEALED
from ekbom.trial.sealed import open_sealed
from ekbom.trial.sealed_draw import draw_sealed
from ekbom.trial.sealing import sealed_from
from ekbom.web import present
from ekbom.web.clinic import drawn_to_clinic
from ekbom.web.models import FileRow, Person, TrialRow
from ekbom.web.store import bring_in, change, files_of, load, register
from sealed_trials import BEN, BENS_KEY, MALLORY, TO_BEN, sealed_magnesium
from trials import FAST, START, ZONE, at, contents, night, plain_protocol, shell
from web.clinics import (
    LOOK,
    OVER,
    PUBLIC,
    browser_of,
    drawn,
    guessed,
    kept,
    lived,
    refusal,
    run,
)
from web.sites import ClinicBrowser

pytestmark = pytest.mark.django_db


@pytest.fixture
def ana(row: TrialRow) -> ClinicBrowser:
    return browser_of(row)


def test_the_server_draws_and_keeps_what_the_key_holder_alone_can_open(ana, row) -> None:
    drawn(ana, row)
    kept = {f.name: bytes(f.data) for f in FileRow.objects.filter(trial=row)}
    assert set(kept) == {"trial.toml", SEALED}
    found = sealed_from(kept[SEALED])
    assert (found.keys, dict(found.boxes)) == (1, {})
    trial = load(row, now=at(1))
    assert len(open_sealed(trial, key=BENS_KEY).treatments) == 8
    with pytest.raises(pyrage.DecryptError):
        pyrage.decrypt(found.content, [MALLORY])
    page = ana.get("/trial/draw/").content.decode()
    assert re.findall(r"<code>(\w+)</code>", page) == [trial.commitment]


def test_a_second_tap_draws_nothing_new(ana, row) -> None:
    first = files_of(drawn(ana, row), now=at(1))
    assert ana.post("/trial/draw/").status_code == 200
    assert kept(row) == first


def test_every_key_of_the_clinic_opens_it(ana, row, settings) -> None:
    settings.EKBOM_CLINIC_KEY = f"{PUBLIC},{MALLORY.to_public()}"
    found = sealed_from(files_of(drawn(ana, row), now=at(1))[SEALED])
    opened = [pyrage.decrypt(found.content, [identity]) for identity in (BEN, MALLORY)]
    assert (found.keys, opened[0]) == (2, opened[1])


def test_without_a_key_nothing_is_drawn_and_the_page_says_so(ana, row, settings) -> None:
    settings.EKBOM_CLINIC_KEY = ""
    sent = ana.post("/trial/draw/")
    assert sent.status_code == 422
    said = "This clinic&#x27;s server has no key to seal it with. Tell your clinic."
    assert said in sent.content.decode()
    assert load(row, now=at(1)).commitment == ""
    assert not FileRow.objects.filter(trial=row, name=SEALED).exists()


def test_a_draw_that_was_begun_elsewhere_is_finished_and_not_drawn_anew(row) -> None:
    trial = load(row, now=at(1))
    data = draw_sealed(trial, lock=TO_BEN, now=at(1))
    FileRow.objects.create(trial=row, name=SEALED, data=data)
    assert drawn_to_clinic(trial, now=at(1)).kept == {SEALED: data}


def test_the_whole_way_of_a_trial_with_its_key_holder(ana, row, key, tmp_path, monkeypatch) -> None:
    monkeypatch.setattr("ekbom.cli.look.EVERY", 0.01)
    short = str(drawn(ana, row).pk)[:8]
    packing, looking, opening = (tmp_path / name for name in ("packing", "looking", "opening"))
    listed = run("clinic", "list", number=1)
    assert listed == (
        "Trial     Account             Waits for\n"
        f"{short}  ana                 its last night, 2026-04-20\n"
    )

    run("clinic", "export", short, packing, number=1)
    assert contents(packing) == files_of(row, now=at(1))
    order = open_sealed(load(row, now=at(1)), key=BENS_KEY).treatments
    packs = run("unseal", packing, "--identity", key, "--yes", number=1)
    assert re.findall(r"^ +\d+  (\w+)$", packs, re.MULTILINE) == list(order)

    lived(row, until=LOOK)
    assert "  ana                 look 1: ekbom look\n" in run("clinic", "list", number=LOOK)
    run("clinic", "export", short, looking, number=LOOK)
    said = run("look", looking, "--number", "1", "--identity", key, number=LOOK)
    assert said == "stop\n"
    before = files_of(row, now=at(LOOK))
    run("clinic", "return", short, looking, number=LOOK)
    row.refresh_from_db()
    after = files_of(row, now=at(LOOK))
    assert {name for name in after if after[name] != before.get(name)} == {"events.csv"}
    assert after["events.csv"] == contents(looking)["events.csv"]

    lived(row, until=OVER)
    assert "ana                 the last guess\n" in run("clinic", "list", number=OVER)
    guessed(row)
    assert "the opening: ekbom unblind\n" in run("clinic", "list", number=OVER)
    run("clinic", "export", short, opening, number=OVER)
    run("unblind", opening, "--identity", key, "--yes", number=OVER)
    assert "The order is open" in run("clinic", "return", short, opening, number=OVER)
    row.refresh_from_db()
    assert files_of(row, now=at(OVER)) == contents(opening)
    found = reach_verdict(trial=load(row, now=at(OVER)), now=at(OVER))
    assert found.outcomes["urge"].effect.mean < -3
    assert "nothing: the order is open" in run("clinic", "list", number=OVER)
    present.use(lambda: at(OVER))
    assert ana.get("/verdict/").status_code == 200


def test_a_trial_whose_packs_are_missing_is_listed_so(tmp_path) -> None:
    trial = sealed_magnesium(tmp_path / "t", replace(FAST, blinding="clinic"))
    events = [e for e in trial.events if e.kind != "packs ready"]
    cut = replace(trial, events=tuple(events))
    bring_in(Person.objects.create(username="eve"), trial=cut, now=at(30))
    assert run("clinic", "list", number=30).endswith("eve                 packs: ekbom unseal\n")


def test_a_trial_that_ended_before_its_look_waits_for_the_guess(ana, row) -> None:
    drawn(ana, row)
    detail = {"last": str(night(1)), "reason": "side effects"}
    change(row, lambda t: add_event(t, kind="ended", detail=detail, now=at(3)), now=at(3))
    assert run("clinic", "list", number=3).endswith("ana                 the last guess\n")


def test_only_sealed_trials_are_listed(row) -> None:
    zoe = Person.objects.create(username="zoe")
    register(zoe, protocol=plain_protocol(), start=START, zone=ZONE, now=at(0))
    listed = run("clinic", "list", number=1).splitlines()
    assert [line[10:] for line in listed] == [
        "Account             Waits for",
        "ana                 the draw of its order",
    ]


def test_a_copy_is_for_nobody_elses_eyes_and_overwrites_nothing(ana, row, tmp_path) -> None:
    drawn(ana, row)
    folder = tmp_path / "copy"
    run("clinic", "export", row.pk, folder, number=1)
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    before = contents(folder)
    said = refusal("clinic", "export", row.pk, folder, number=1)
    assert said == f"{folder} exists already. Nothing was changed. Give another name.\n"
    assert contents(folder) == before


@pytest.mark.parametrize("name", ["", "zzzz"])
def test_a_trial_that_is_not_there_is_refused(row, tmp_path, name: str) -> None:
    said = refusal("clinic", "export", name, tmp_path / "copy", number=1)
    assert said == f"There is no trial whose id begins with {name!r}. See: ekbom clinic list\n"
    assert not (tmp_path / "copy").exists()


def test_elsewhere_than_at_a_clinic_there_is_no_such_list(monkeypatch) -> None:
    monkeypatch.setenv("EKBOM_SITE", "machine")
    said = refusal("clinic", "list", number=1)
    assert said == "This is for a clinic's server: set EKBOM_SITE=clinic.\n"


@pytest.mark.parametrize("given", ["option", "environment"])
def test_a_secret_key_given_by_mistake_is_refused_and_not_repeated(
    tmp_path, monkeypatch, given: str
) -> None:
    secret, data = str(BEN), tmp_path / "data"
    options = ["--seal-to", secret.lower()] if given == "option" else []
    if given == "environment":
        monkeypatch.setenv("EKBOM_CLINIC_KEY", f"{PUBLIC}, {secret}")
    done = shell("serve", "--no-browser", "--data", data, *options, now=at(1))
    assert (done.exit_code, done.stdout, done.stderr) == (
        2,
        "",
        "the key: it is the secret half of an age key. Give the public half, age1.... Others may "
        "have seen this one: make a new pair.\n",
    )
    assert not data.exists()


def test_what_is_no_key_and_a_key_without_a_clinic_are_refused(monkeypatch) -> None:
    done = shell("serve", "--seal-to", "age1nothing", now=at(1))
    assert (done.exit_code, done.stderr.partition(".")[0]) == (
        2,
        "the key age1nothing: it is not the public half of an age key",
    )
    monkeypatch.setenv("EKBOM_SITE", "machine")
    assert refusal("serve", "--seal-to", PUBLIC, number=1) == (
        "Orders are sealed to a key at a clinic only: set EKBOM_SITE=clinic.\n"
    )
