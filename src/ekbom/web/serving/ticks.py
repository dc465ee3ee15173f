"""What the server does by itself, over and over: the daily backup, and clearing away."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from datetime import datetime, timedelta

from django.contrib.sessions.models import Session
from django.db import connections

from ekbom.web import present
from ekbom.web.data.automatic import backup_if_due
from ekbom.web.models import HelperLink, OneTimeLink, PairingCode

_EVERY = 600.0
"""Seconds between two looks at whether something is due."""
_OLD = timedelta(days=2)

_log = logging.getLogger(__name__)


def clear_away(now: datetime) -> None:
    """Remove sessions, pairing codes and links that are over."""
    Session.objects.filter(expire_date__lt=now).delete()
    for kind in (PairingCode, OneTimeLink, HelperLink):
        kind.objects.filter(made__lt=now - _OLD).delete()


class Ticks:
    """Does everything that may be due, at the start and then every ten minutes, until stopped."""

    def __init__(self, *more: Callable[[datetime], object]) -> None:
        self.due: tuple[Callable[[datetime], object], ...] = (backup_if_due, clear_away, *more)
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._run, name="ticks", daemon=True)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def stop(self) -> None:
        """Stop after what is being done."""
        self._stopped.set()
        self._thread.join(timeout=30)

    def _run(self) -> None:
        while not self._stopped.is_set():
            for do in self.due:
                self._try(do)
            connections.close_all()
            self._stopped.wait(_EVERY)

    def _try(self, do: Callable[[datetime], object]) -> None:
        try:
            do(present.now())
        except Exception:  # noqa: BLE001 - one that fails does not keep the others from being done
            _log.exception("%s did not work", do.__name__)
