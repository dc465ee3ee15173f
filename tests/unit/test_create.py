"""Making a trial folder: the whole of it or nothing."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pytest

from ekbom.diary.diary import Diary, DoseTaken, Night
from ekbom.problem import InputError, RefusedError
from ekbom.protocol.files import content_hash
from ekbom.protocol.model import DesignPlan, LivedPeriod, Protocol
from ekbom.trial.blinding import blinding_of
from ekbom.trial.check import check_trial
from ekbom.trial.create import import_trial, register_trial
from ekbom.trial.folder import Trial
from ekbom.trial.place import TRIAL
from trials import START, ZONE, at, contents, night, plain_protocol, registered


def test_registration_freezes_protocol_analysis_start_and_zone(tmp_path: Path) -> None:
    trial = registered(tmp_path / "deep" / "t")
    (event,) = trial.events
    assert (event.kind, event.instant, event.zone) == ("registered", at(0), ZONE)
    assert event.detail == {
        "protocol": content_hash(plain_protocol()),
        "mids_confirmed": True,
        "analysis": 1,
        "start": "2026-03-02",
        "zone": ZONE,
    }


@pytest.mark.parametrize("what", ["a file in it", "a file"])
def test_a_place_that_is_taken_is_refused(tmp_path: Path, what: str) -> None:
    path = tmp_path / "t"
    if what == "a file":
        path.write_bytes(b"mine")
    else:
        path.mkdir()
        (path / "note.txt").write_bytes(b"mine")
    before = contents(tmp_path)
    with pytest.raises(RefusedError) as caught:
        registered(path)
    assert str(caught.value) == f"{path} exists already and is not empty. Nothing was changed."
    assert contents(tmp_path) == before


def test_an_empty_folder_may_be_there(tmp_path: Path) -> None:
    (tmp_path / "t").mkdir()
    assert registered(tmp_path / "t").path == tmp_path / "t"


def test_the_folder_one_is_in_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(RefusedError) as caught:
        registered(Path())
    assert str(caught.value) == ". is the folder you are in. Give the name of a new one."
    assert tmp_path.is_dir()
    assert registered(Path("t")).start == START


def _act(tmp_path: Path, **changes: object) -> Callable[[], Trial]:
    how = {"protocol": plain_protocol(), "start": START, "zone": ZONE, **changes}
    return lambda: register_trial(path=tmp_path / "t", now=at(0), **how)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"zone": "Mars/Base"}, "zone: 'Mars/Base' is not a time zone. Use one: Europe/Berlin."),
        (
            {
                "protocol": plain_protocol(
                    design=DesignPlan(kind="start_points", periods=5, pattern="AB", minimum_phase=3)
                )
            },
            "plain: design: 2 phases of at least 3 need 6 periods, not 5: have more periods or a "
            "smaller minimum. Mend [design].",
        ),
    ],
)
def test_what_cannot_be_registered_writes_nothing(
    tmp_path: Path, changes: dict[str, object], message: str
) -> None:
    with pytest.raises(InputError) as caught:
        _act(tmp_path, **changes)()
    assert str(caught.value) == message
    assert list(tmp_path.iterdir()) == []


def test_a_registration_that_is_killed_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for method in ("write_bytes", "chmod", "rename"):
        with monkeypatch.context() as patched:

            def fail(*_: object) -> None:
                raise KeyboardInterrupt

            patched.setattr(Path, method, fail)
            with pytest.raises(KeyboardInterrupt):
                _act(tmp_path)()
        assert list(tmp_path.iterdir()) == []
    assert TRIAL in contents(_act(tmp_path)().path)


def _lived(*spans: tuple[int, int, int]) -> tuple[LivedPeriod, ...]:
    return tuple(LivedPeriod(position=p, first=night(a), last=night(b)) for p, a, b in spans)


def _imported(path: Path, protocol: Protocol, *treatments: str) -> Trial:
    diary = Diary((Night(START, {"urge": 4.0}), Night(START + timedelta(2), {"nausea": 1.0})))
    doses = [DoseTaken(START, None, ZONE, None, None, 200.0)]
    return import_trial(
        path=path,
        protocol=protocol,
        start=START,
        zone=ZONE,
        treatments=treatments,
        diary=diary,
        doses=doses,
        source="a notebook",
        events=[("note", {"note": "copied"}), ("incident", {"night": date(2026, 3, 3)})],
        now=at(40),
    )


def test_an_imported_trial_keeps_its_nights_doses_and_events(tmp_path: Path) -> None:
    plan = DesignPlan(
        kind="pairs", pairs=2, period_nights=3, lived=_lived((1, 1, 3), (2, 4, 5), (3, 8, 9))
    )
    protocol = plain_protocol(imported=True, design=plan)
    trial = _imported(tmp_path / "t", protocol, "tea", "water", "water", "tea")
    assert trial.diary.nights == (
        Night(START, {"urge": 4.0}),
        Night(START + timedelta(2), {"nausea": 1.0}),
    )
    assert [d.mg for d in trial.doses] == [200.0]
    assert [e.kind for e in trial.events] == ["imported", "note", "incident"]
    assert trial.events[0].detail["source"] == "a notebook"
    # The second half of pair 2 was never lived; it would have been the other treatment.
    assert (tmp_path / "t/allocation.csv").read_text().splitlines()[1:] == [
        "1,2026-03-03,2026-03-05,tea",
        "2,2026-03-06,2026-03-07,water",
        "3,2026-03-10,2026-03-11,water",
    ]
    assert blinding_of(trial).open(trial=trial).treatments == ("tea", "water", "water", "tea")
    assert check_trial(tmp_path / "t", now=at(40))[1] == []


def test_an_imported_order_that_the_design_could_not_draw_is_noticed(tmp_path: Path) -> None:
    plan = DesignPlan(kind="pairs", pairs=1, period_nights=3, lived=_lived((1, 1, 3), (2, 4, 5)))
    protocol = plain_protocol(imported=True, design=plan)
    trial = _imported(tmp_path / "t", protocol, "tea", "tea")
    assert [str(p) for p in check_trial(trial.path, now=at(40))[1]] == [
        "allocation.csv: this order is not one that the design could draw. Restore it from a copy."
    ]


def test_a_trial_that_was_not_randomised_can_be_imported(tmp_path: Path) -> None:
    plan = DesignPlan(kind="fixed", order=("tea", "water"), period_nights=3)
    protocol = replace(plain_protocol(imported=True, randomised=False, design=plan))
    trial = _imported(tmp_path / "t", protocol, "tea", "water")
    assert blinding_of(trial).open(trial=trial).treatments == ("tea", "water")
    assert check_trial(tmp_path / "t", now=at(40))[1] == []
