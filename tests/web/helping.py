"""Ben, who helps Ana: his browser, what he types, and how far her trial is when he comes."""

from __future__ import annotations

import html
import re
from dataclasses import replace
from datetime import datetime
from typing import Any

from django.test import Client
from django.urls import reverse

from ekbom.protocol.files import built_in, with_design
from ekbom.trial.additions import add_event
from ekbom.trial.randomise import Screening, add_screening
from ekbom.trial.sealed_draw import draw_sealed, keep_sealed
from ekbom.trial.sealing import Lock
from ekbom.web.devices.known import me
from ekbom.web.models import TrialRow
from ekbom.web.store import change, change_files, current_row
from web.conftest import Hands
from web.lives import DAY, WASHOUT, at, registered, tolerates

PASSPHRASE = "otter lantern violet gravel"
CODE = "2345-6789-ABCD-EFGH-JKMN-PQRS-TU3"
"""A code as it looks on paper, which opens nothing."""

PROTOCOL = replace(with_design(built_in("magnesium-rls-fast"), pairs=2), blinding="helper")


def read(response: Any) -> str:
    """Return what a page says, its tags left out and its spaces made one."""
    main = re.search(r"<main.*</main>", response.content.decode(), re.DOTALL)
    assert main is not None
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", main[0])).split())


def heading(response: Any) -> str:
    """Return a page's heading."""
    found = re.search(r"<h1[^>]*>(.*?)</h1>", response.content.decode(), re.DOTALL)
    assert found is not None
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", found[1])).split())


def tolerated(clock: Hands, *, fixed: bool = True) -> TrialRow:
    """Let Ana's trial with a helper be in its washout, her dose fixed and the screening fresh."""
    registered(me(), clock, protocol=PROTOCOL)
    clock.now = at(WASHOUT - DAY, "09:00")
    tolerates(me())
    row, now = current_row(me()), clock()
    assert row is not None
    if fixed:
        said = Screening(by="Dr. Chen", on=now.date())
        change(row, lambda t: add_screening(t, screening=said, now=now), now=now)
        dose = {"mg": 200, "capsules": 2}
        change(row, lambda t: add_event(t, kind="dose fixed", detail=dose, now=now), now=now)
    return TrialRow.objects.get(pk=row.pk)


def sealed(row: TrialRow, now: datetime, *, code: str = CODE) -> None:
    """Let Ben have sealed the order, without the pages."""

    def drawn(trial):
        data = draw_sealed(trial, lock=Lock(code, PASSPHRASE), now=now)
        found = keep_sealed(trial, now=now, data=data)
        return found.trial, found.kept

    change_files(row, drawn, now=now)


def over(row: TrialRow, clock: Hands, *, guessed: bool = True) -> None:
    """Let the trial end early, and Ana make her last guess."""
    now = clock.on(hours=1)
    ended = {"last": (now - DAY).date(), "reason": "other"}
    change(row, lambda t: add_event(t, kind="ended", detail=ended, now=now), now=now)
    if guessed:
        said = {"opinion": "helps", "sure": 7}
        change(row, lambda t: add_event(t, kind="last guess", detail=said, now=now), now=now)


def link_in(response: Any) -> str:
    """Return the helper's link that Ana's page shows."""
    found = re.search(r'href="(/helper/link/[\w-]{43}/)"', response.content.decode())
    assert found is not None, read(response)
    return found[1]


def asked(ana: Client) -> str:
    """Let Ana ask Ben, and return the link that she gives him."""
    return link_in(ana.post(reverse("helper")))


def arrived(ana: Client) -> Client:
    """Let Ana ask Ben, and return his own browser, at work."""
    ben, link = Client(), asked(ana)
    response = ben.post(link)
    assert (response.status_code, response["Location"]) == (302, "/helper/")
    return ben


def draws(ben: Client, passphrase: str = PASSPHRASE) -> str:
    """Let Ben choose a passphrase, and return the recovery code that he is shown."""
    response = ben.post("/helper/seal/", {"passphrase": passphrase, "passphrase_again": passphrase})
    assert heading(response) == "Write this code on paper", read(response)
    return response.content.decode().partition('<code id="recovery">')[2].partition("<")[0]


def proves(ben: Client, code: str, passphrase: str = PASSPHRASE) -> Any:
    """Let Ben open the order once."""
    return ben.post("/helper/prove/", {"recovery_code": code, "passphrase": passphrase})


def asks_for(ben: Client, what: str, key: str = PASSPHRASE, paper: str = "a4") -> Any:
    """Let Ben ask for something that tells the order."""
    found = re.search(r'name="turn" value="(\d+)"', ben.get("/helper/").content.decode())
    turn = found[1] if found else ""
    told = {"turn": turn, "passphrase": key, "paper": paper, "what": what}
    return ben.post("/helper/packs/", told)
