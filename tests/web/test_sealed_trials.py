"""A sealed trial is brought into the application and taken out again as the same bytes."""

from __future__ import annotations

from pathlib import Path

import pytest

from ekbom.trial.blinding import blinding_of
from ekbom.trial.folder import open_trial
from ekbom.trial.sealed import open_sealed
from ekbom.web.models import Person
from ekbom.web.rows import Rows
from ekbom.web.store import bring_in, files_of
from sealed_trials import BENS_KEY, sealed
from trials import at, contents


@pytest.mark.django_db
def test_a_sealed_trial_survives_import_and_export(tmp_path: Path) -> None:
    trial = sealed(tmp_path / "t")
    row = bring_in(Person.objects.create(username="ana"), trial=trial, now=at(2))
    assert files_of(row, now=at(2)) == contents(trial.path)
    found = open_trial(Rows(row.pk), now=at(2))
    assert blinding_of(found).problems(trial=found) == []
    assert open_sealed(found, key=BENS_KEY) == open_sealed(trial, key=BENS_KEY)
