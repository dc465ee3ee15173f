"""One life lived twice, with opposite orders behind the seal, and all that is seen of each."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from django.core.cache import cache
from django.core.management import call_command
from django.test import Client

from blind.chance import Chance, tamed
from blind.lives import Life, protocol_of
from blind.seals import BENS_KEY, opposites
from blind.seen import Seen, answers_of, files_seen, log_into, rows_seen, told_by, with_device
from blind.shell import shell_seen
from ekbom.protocol.model import Protocol
from ekbom.trial.sealed import open_sealed
from ekbom.web.devices.known import know_device, me
from ekbom.web.models import Person
from ekbom.web.store import remembered
from web.conftest import Hands
from web.sites import ClinicBrowser, become, over_https

WAYS = {"helper": "machine", "alone": "home", "clinic": "clinic"}
"""The ways of blinding, and the kind of installation on which each is lived here."""

START = "2026-03-01T19:00+01:00"


class HomeBrowser(Client):
    """A browser at home, over HTTPS."""

    def generic(self, *args: Any, **kwargs: Any) -> Any:
        kwargs |= over_https("home")
        return super().generic(*args, **kwargs)


@dataclass(slots=True)
class Pair:
    """Two worlds that differ in nothing but the order; one is lived after the other.

    ``truth`` is the order of the world that is lived now: a leak that is planted reads it there.
    ``sealed`` is what lay behind the seal of each world that was lived, empty where no computer
    knows the order; ``told`` is what was answered since somebody last looked.
    """

    way: str
    clock: Hands
    chance: Chance
    place: Path
    truth: tuple[str, ...] = ()
    sealed: list[tuple[str, ...]] = field(default_factory=list)
    told: Seen = field(default_factory=dict)

    @property
    def protocol(self) -> Protocol:
        """Return what both trials were registered with."""
        return protocol_of(self.way)

    def both(self, **how: Any) -> tuple[dict[str, Seen], dict[str, Seen]]:
        """Live both, and return what was seen at each stage of each."""
        one, other = opposites(self.protocol)
        return self.lived(one, **how), self.lived(other, **how)

    def lived(
        self,
        order: tuple[str, ...],
        *,
        stages: Collection[str] = (),
        few: bool = False,
        papers: Collection[str] = (),
        forms: Collection[str] = (),
        last: str = "",
    ) -> dict[str, Seen]:
        """Live one world from the beginning, and return what was seen at its stages.

        ``stages``: at these alone; ``few``: at few addresses; ``papers`` and ``forms``: the stages
        at which papers are printed and forms sent too; ``last``: the stage to end with.
        """
        life, found = self.born(order), dict[str, Seen]()
        steps = life.stages()
        while not last or last not in found:
            self.chance.begin("the life", str(len(found)))
            with log_into(logged := Seen()):
                stage = next(steps, "")
            if not stage:
                break
            found[stage] = {f"{name} while living": data for name, data in logged.items()}
            if not stages or stage in stages:
                how = {"few": few, "forms": stage in forms}
                found[stage] |= self._looked(life, papers=stage in papers, **how)
        self.sealed.append(_behind_the_seal(life))
        return found

    def _looked(self, life: Life, *, papers: bool, **how: bool) -> Seen:
        life.arrive()
        seen, logged = Seen(self.told), Seen()
        self.told.clear()
        with log_into(logged):
            seen |= rows_seen() | files_seen(life)
            seen |= answers_of(life, chance=self.chance, **how)
            seen |= shell_seen(life, place=self.place, chance=self.chance, papers=papers)
        return seen | logged

    def born(self, order: tuple[str, ...]) -> Life:
        """Return a life that begins, in a world without rows, files, memory or cookies."""
        call_command("flush", interactive=False, reset_sequences=True, verbosity=0)
        remembered.forget()
        cache.clear()
        self.truth = order
        self.told.clear()
        self.clock.set(START)
        self.chance.begin("born")
        ana, browser = _person(WAYS[self.way], self.clock)
        browser.raise_request_exception = False
        # A column's own default keeps the function that it was made with.
        Person.objects.update(date_joined=self.clock())
        return Life(self.way, order, ana, browser, self.clock, self._tell)

    def _tell(self, name: str, response: Any) -> None:
        self.told[f"answer to {name}, {len(self.told)}"] = told_by(response)


def _person(kind: str, clock: Hands) -> tuple[Person, Client]:
    if kind == "clinic":
        return Person.objects.create(username="ana"), ClinicBrowser()
    browser = HomeBrowser() if kind == "home" else Client()
    return me(), with_device(browser, know_device(owner=me(), name="phone", now=clock())[1])


def _behind_the_seal(life: Life) -> tuple[str, ...]:
    """Return the order that is sealed, as its keeper alone can open it."""
    return () if life.way == "alone" else open_sealed(life.trial, key=BENS_KEY).treatments


def pair_of(
    way: str, *, settings: Any, clock: Hands, patch: pytest.MonkeyPatch, place: Path
) -> Pair:
    """Return both worlds of a way, with chance and clock in the hands of the test."""
    become(settings, WAYS[way])
    return Pair(way, clock, tamed(patch, clock), place)
