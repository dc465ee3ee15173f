"""Chance and time in the hands of a test: the same words give the same bytes, for every order."""

from __future__ import annotations

import importlib
import pkgutil
import random
import time

import pytest
from django.urls import get_resolver

from ekbom import cli
from web.conftest import Hands


class Chance:
    """Where all random bytes come from: the same for the same words, whatever was drawn before."""

    def __init__(self) -> None:
        self.begin("the beginning")

    def begin(self, *words: str) -> None:
        """Go on with the bytes of these words."""
        self._source = random.Random(repr(words))

    def __call__(self, length: int) -> bytes:
        return self._source.randbytes(length)


class Stopped:
    """The computer's time as the hands of a clock show it."""

    def __init__(self, clock: Hands) -> None:
        self._clock = clock

    def __call__(self) -> float:
        return self._clock().timestamp()


def tamed(patch: pytest.MonkeyPatch, clock: Hands) -> Chance:
    """Let `secrets`, `uuid` and `time` know no other chance and no other clock than these."""
    # Whatever keeps these functions when it is loaded is to keep the real ones.
    _ = get_resolver().url_patterns
    for name in pkgutil.iter_modules(cli.__path__, "ekbom.cli."):
        importlib.import_module(name.name)
    chance = Chance()
    patch.setattr("os.urandom", chance)
    patch.setattr(random, "_urandom", chance)
    patch.setattr(time, "time", Stopped(clock))
    patch.setattr("django.utils.timezone.now", clock)
    return chance
