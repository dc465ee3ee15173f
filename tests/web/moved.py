"""Trials that are taken out and brought in, by the pages that do it."""

from __future__ import annotations

import io
import zipfile
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from ekbom.simulation.folder import demonstrated, simulate_trial
from ekbom.trial.additions import add_answers
from ekbom.web.devices.known import me
from ekbom.web.models import DoseRow, EntryRow, EventRow, FileRow, Person, TrialRow
from ekbom.web.store import change, register
from web.lives import FAST, FIRST, ZONE


def registered(clock: Any, person: Person | None = None) -> TrialRow:
    """Register a trial now, by default Ana's."""
    return register(person or me(), protocol=FAST, start=FIRST, zone=ZONE, now=clock())


def answer(row: TrialRow, night: date, now: Any, **answers: float) -> None:
    """Answer about a night."""
    change(row, lambda t: add_answers(t, night=night, answers=answers, now=now), now=now)


def upload(client: Client, data: bytes, name: str = "ekbom-trial.zip", **more: str) -> Any:
    """Bring a file in."""
    file = SimpleUploadedFile(name, data, content_type="application/zip")
    return client.post(reverse("import_trial"), {"file": file, **more})


def zipped(files: dict[str, bytes], folder: str = "") -> bytes:
    """Return files as a zip file."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files.items():
            archive.writestr(folder + name, data)
    return packed.getvalue()


def finished(path: Path) -> Path:
    """Let a simulated person have finished a trial in a folder, early in 2025."""
    simulate_trial(
        path=path,
        protocol=FAST,
        participant=demonstrated(),
        rng=np.random.default_rng(1),
        start=date(2025, 1, 6),
        zone=ZONE,
    )
    return path


def rows() -> tuple[int, ...]:
    """Return how many rows a trial's tables have."""
    return tuple(kind.objects.count() for kind in (TrialRow, FileRow, EntryRow, DoseRow, EventRow))
