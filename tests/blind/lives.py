"""Ana's life in a blinded trial, stage by stage, up to the moment before its order is opened."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import Any

import numpy as np
from django.conf import settings
from django.test import Client
from django.urls import reverse

from blind.seals import CLINICS, HELPERS, source_of
from ekbom.protocol.files import checked
from ekbom.protocol.model import Protocol
from ekbom.trial.additions import add_answers, add_dose, add_event
from ekbom.trial.folder import Trial
from ekbom.trial.opened import OPENED, is_opened
from ekbom.trial.packing import add_move, next_move
from ekbom.trial.randomise import Screening, add_screening
from ekbom.trial.sealed_draw import draw_sealed, keep_sealed
from ekbom.trial.slip_making import draw_codes
from ekbom.web.models import Person
from ekbom.web.store import change, change_files, current_row, load
from web.conftest import Hands
from web.lives import DAY, FIRST, PERIODS, TITRATION, WASHOUT, at, registered, short

Tell = Callable[[str, Any], None]
"""Takes down the answer to something that was sent, under the name of its address."""

CALM = {"urge": 4, "loose_stools": 0, "nausea": 0, "belly_pain": 0, "other_complaint": 0}


def protocol_of(way: str) -> Protocol:
    """Return the fast protocol with two pairs, blinded in this way."""
    return checked(replace(short(), blinding=way), file=way)


@dataclass(slots=True)
class Life:
    """One trial of Ana's with an order that nobody but its keeper knows."""

    way: str
    order: tuple[str, ...]
    ana: Person
    browser: Client
    clock: Hands
    tell: Tell = field(default=lambda name, response: None)

    def stages(self) -> Iterator[str]:
        """Live on, and stop at each stage to be looked at."""
        yield from self._before()
        yield from self._early_nights()
        yield from self._troubles()
        yield from self._ends()

    @property
    def trial(self) -> Trial:
        """Return the trial as it stands now."""
        row = current_row(self.ana)
        assert row is not None
        return load(row, now=self.clock())

    def arrive(self) -> None:
        """Log in again where there are accounts, as a login does not last for weeks."""
        if settings.SITE.several_people:
            self.browser.force_login(self.ana)

    def send(self, name: str, data: Mapping[str, Any], **where: Any) -> None:
        """Send a form as Ana's browser does; it must be taken."""
        self.arrive()
        response = self.browser.post(reverse(name, kwargs=where or None), dict(data))
        self.tell(f"sending {name}", response)
        told = response.headers.get("Location", "") or response.content.decode()
        assert response.status_code == 302, (name, told)
        assert "login" not in told, (name, told)

    def _before(self) -> Iterator[str]:
        registered(self.ana, self.clock, protocol=protocol_of(self.way))
        yield "registered"
        self.clock.now = at(TITRATION - DAY, "09:00")
        self._tolerate(FIRST, TITRATION)
        self.clock.now = at(TITRATION, "22:00")
        yield "titration"
        self.clock.now = at(WASHOUT - DAY, "09:00")
        self._tolerate(TITRATION, WASHOUT)
        self._step(lambda t: _screened(t, self.clock))
        self.send("fix_dose", {"mg": "200"})
        yield "dose fixed"
        self._draw()
        yield "drawn"
        self.clock.now = at(PERIODS - DAY, "10:00")
        self._pack()
        yield "packs ready"

    def _early_nights(self) -> Iterator[str]:
        self._evening(PERIODS)
        yield "first night"
        for number in range(3):
            self._night(PERIODS + number * DAY, urge=3 + number)
        self._night(PERIODS + 3 * DAY, loose_stools=2)
        self._evening(PERIODS + 4 * DAY, send=False)
        yield "loose stools"
        night = self._tonight()
        self._log("step down", night=night, capsules=1.0)
        self._log("hold", night=night)
        yield "hold"
        self.clock.on(hours=1)
        self._log("restart", night=night, agreed_by="Dr. Chen")
        self._live(until=PERIODS + 7 * DAY)
        self.send("guess", {"treatment": "magnesium", "sure": "7", "signs": "stools"}, period=1)
        yield "guess"

    def _troubles(self) -> Iterator[str]:
        self._evening(PERIODS + 8 * DAY)
        self._log("incident", night=PERIODS + 8 * DAY, period=2, what="break glass")
        yield "incident"
        self._log("pause", first=PERIODS + 9 * DAY)
        self.clock.now = at(PERIODS + 10 * DAY, "20:00")
        yield "pause"
        self._log("resume", first=PERIODS + 12 * DAY)
        self.clock.now = at(PERIODS + 12 * DAY, "20:00")
        self._log("emergency", night=PERIODS + 12 * DAY)
        yield "emergency"
        self.clock.on(minutes=30)
        self._log("restart", night=PERIODS + 12 * DAY, agreed_by="Dr. Chen")

    def _ends(self) -> Iterator[str]:
        over = self.trial.calendar().last + DAY
        self._live(until=over)
        self.clock.now = at(over, "20:00")
        yield "over"
        for period in (2, 3, 4):
            self.send("guess", {"treatment": "placebo", "sure": "3"}, period=period)
        self.send("last_guess", {"opinion": "helps", "sure": "6"})
        yield "before the opening"

    def _draw(self) -> None:
        now, row = self.clock(), current_row(self.ana)
        assert row is not None

        def draw(trial: Trial) -> tuple[Trial, Mapping[str, bytes]]:
            if self.way == "alone":
                drawn = draw_codes(trial, now=now)
                return drawn.trial, drawn.kept
            lock = HELPERS if self.way == "helper" else CLINICS
            source = source_of(self.order, trial.protocol)
            data = draw_sealed(trial, lock=lock, now=now, source=source)
            kept = keep_sealed(trial, now=now, data=data)
            return kept.trial, kept.kept

        change_files(row, draw, now=now)

    def _pack(self) -> None:
        if self.way != "alone":
            return self.send("packs", {"spare_nights": "2"})

        def made(trial: Trial) -> Trial:
            while (move := next_move(trial)) is not None:
                trial = add_move(trial, step=move.step, pair=move.pair, now=self.clock())
            return trial

        return self._step(made)

    def _evening(self, night: date, *, send: bool = True) -> None:
        self.clock.now = at(night, "22:00")
        if send:
            self._step(lambda t: _opened(t, night, self.clock))
            self.send("evening", {"taken": "all"}, night=night)

    def _night(self, night: date, **answers: int) -> None:
        """Take the capsules of an evening, unless that is done, and answer on its morning."""
        if night not in {dose.night for dose in self.trial.doses}:
            self._evening(night)
        self.clock.now = at(night, "08:00")
        self.send("morning", {**CALM, **answers}, night=night)

    def _live(self, *, until: date) -> None:
        """Live the nights before ``until``; what they are like follows from their dates alone."""
        self.clock.now = now = at(until - DAY, "09:00")

        def nights(trial: Trial) -> Trial:
            lived = {d.night for d in trial.doses}
            for found in trial.calendar().nights:
                if PERIODS <= found.night < until and found.phase == "randomised":
                    if found.night not in lived:
                        taken = float(_chance_of(found.night).integers(0, 2))
                        trial = _opened(trial, found.night, self.clock)
                        trial = _swallowed(trial, found.night, now, taken=taken)
                    if found.night not in {n.date for n in trial.diary.nights if n.answers}:
                        trial = _answered(trial, found.night, now)
            return trial

        self._step(nights)

    def _tolerate(self, first: date, until: date) -> None:
        """Live the nights before the draw: nothing, and then 1 and 2 capsules of magnesium."""
        now = self.clock()

        def nights(trial: Trial) -> Trial:
            for number in range((until - first).days):
                night = first + number * DAY
                if night >= TITRATION:
                    taken = 1.0 + (night >= TITRATION + 7 * DAY)
                    trial = _swallowed(trial, night, now, taken=taken, mg=100 * taken)
                trial = _answered(trial, night, now)
            return trial

        self._step(nights)

    def _tonight(self) -> date:
        return self.trial.clock.night_of(self.clock())

    def _log(self, kind: str, **detail: Any) -> None:
        self._step(lambda t: add_event(t, kind=kind, detail=detail, now=self.clock()))

    def _step(self, step: Callable[[Trial], Trial]) -> None:
        row = current_row(self.ana)
        assert row is not None
        change(row, step, now=self.clock())


def _screened(trial: Trial, clock: Hands) -> Trial:
    now = clock()
    return add_screening(trial, screening=Screening(by="Dr. Chen", on=now.date()), now=now)


def _opened(trial: Trial, night: date, clock: Hands) -> Trial:
    """Name the pack of a night aloud, where nobody else would notice that it is another one."""
    found = trial.calendar(today=night).at(night)
    pack = None if found is None else found.pack
    if trial.protocol.blinding != "alone" or pack is None or is_opened(trial, pack):
        return trial
    return add_event(trial, kind=OPENED, detail={"pack": pack, "night": night}, now=clock())


def _swallowed(
    trial: Trial, night: date, now: datetime, *, taken: float, mg: float | None = None
) -> Trial:
    instant = at(night, "21:30") if taken else None
    return add_dose(trial, night=night, instant=instant, capsules=taken, mg=mg, now=now)


def _answered(trial: Trial, night: date, now: datetime) -> Trial:
    answers = {"urge": float(_chance_of(night).integers(1, 9)), "loose_stools": 0.0}
    return add_answers(trial, night=night, answers=answers, now=now, instant=at(night, "07:30"))


def _chance_of(night: date) -> np.random.Generator:
    return np.random.default_rng((night - FIRST).days)
