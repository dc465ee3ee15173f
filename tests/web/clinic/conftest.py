"""A clinic whose server seals to the key of Ben, its pharmacist, and Ana's trial there."""

from __future__ import annotations

from pathlib import Path

import pytest

from ekbom.web.models import TrialRow
from sealed_trials import BEN
from web.clinics import anas_trial, at_a_clinic


@pytest.fixture(autouse=True)
def clinic(settings, monkeypatch) -> None:
    at_a_clinic(settings, monkeypatch)


@pytest.fixture
def key(tmp_path: Path) -> Path:
    """The file with the secret key of Ben, the clinic's pharmacist."""
    file = tmp_path / "key.txt"
    file.write_text(f"{BEN}\n")
    return file


@pytest.fixture
def row(clock) -> TrialRow:
    return anas_trial(clock)
