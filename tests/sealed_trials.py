"""Trials whose order is sealed: Ben keeps Ana's, and Mallory has a key of her own."""

from __future__ import annotations

import random
from datetime import date, datetime, timedelta
from pathlib import Path

import pyrage

from ekbom.diary.diary import DoseTaken
from ekbom.diary.entries import Entry
from ekbom.protocol.model import Protocol
from ekbom.trial.folder import Trial, open_trial
from ekbom.trial.log import log_event, record_diary
from ekbom.trial.sealed_draw import draw_sealed, record_sealed
from ekbom.trial.sealing import Key, Lock
from trials import GO, ZONE, at, night, plain_protocol, registered, with_dose_fixed

BEN = pyrage.x25519.Identity.generate()
MALLORY = pyrage.x25519.Identity.generate()

BENS_KEY = Key("identity", f"# created: today\n{BEN}\n")
MALLORYS_KEY = Key("identity", str(MALLORY))

TO_BEN = Lock(recovery="", keys=(str(BEN.to_public()),))
"""Without boxes, as each of them takes a second to close and another to open."""

AFTER = 27
"""A morning after the last night of the plain protocol, and that of the fast one."""
AFTER_FAST = 127


def seeded(seed: int) -> object:
    """Return a source of bytes that is the same for the same seed."""
    return random.Random(seed).randbytes


def sealed(
    path: Path, protocol: Protocol | None = None, *, lock: Lock = TO_BEN, seed: int = 1
) -> Trial:
    """Return a trial without doses whose order Ben sealed on its second morning."""
    trial = registered(path, protocol or plain_protocol(blinding="helper"))
    data = draw_sealed(trial, lock=lock, now=at(1), source=seeded(seed))
    return record_sealed(path=path, now=at(1), data=data)


def sealed_magnesium(path: Path, protocol: Protocol, *, lock: Lock = TO_BEN) -> Trial:
    """Return a magnesium trial whose packs are made; its first randomised night is night 42."""
    trial = with_dose_fixed(path, protocol)
    data = draw_sealed(trial, lock=lock, now=at(29), screening=GO, source=seeded(1))
    record_sealed(path=path, now=at(29), data=data, screening=GO)
    return log_event(path=path, kind="packs ready", detail={"spare_nights": 2}, now=at(30))


def lived(path: Path, *, after: int = AFTER) -> Trial:
    """Return a trial whose every night until then was answered, and every capsule taken.

    In its randomised nights Ana does not know how many milligrams she took.
    """
    trial = open_trial(path, now=at(after))
    nights = [n for n in trial.calendar().nights if n.night < night(after)]
    entries = [_entry(n.night, 3 + k * k % 5) for k, n in enumerate(nights)]
    doses = [
        DoseTaken(n.night, _evening(n.night), ZONE, n.pack, n.capsules, None)
        for n in nights
        if n.pack is not None and n.capsules
    ]
    return record_diary(path=path, entries=entries, doses=doses, now=at(after))


def guessed(path: Path, *, after: int = AFTER) -> Trial:
    """Return the trial with Ana's last guess on record."""
    detail = {"opinion": "helps", "sure": 6}
    return log_event(path=path, kind="last guess", detail=detail, now=at(after))


def _entry(day: date, value: float) -> Entry:
    given = _evening(day) + timedelta(hours=10)
    return Entry(f"{day}.urge", given, given, ZONE, "shell", day, "urge", value, False, "")


def _evening(day: date) -> datetime:
    return at((day - night(0)).days, "21:30")
