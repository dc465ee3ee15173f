"""What is brought in: a trial as it went out, and hostile files that are refused with a reason."""

from __future__ import annotations

import io
import json
import zipfile

import pytest
from django.urls import reverse

from ekbom.trial.place import FILES
from ekbom.web.data.archive import LARGEST
from ekbom.web.devices.known import me
from ekbom.web.models import TrialRow
from ekbom.web.store import close, current_row, files_of
from trials import contents, drawn, shell
from web.lives import FIRST
from web.moved import answer, finished, registered, rows, upload, zipped

pytestmark = pytest.mark.django_db


def text(response) -> str:
    return response.content.decode()


def assert_brought_in(kept: dict[str, bytes], sent: dict[str, bytes]) -> None:
    """A running trial is kept as it was sent, with one event more, which says so."""
    assert {**kept, "events.csv": b""} == {**sent, "events.csv": b""}
    before = sent["events.csv"]
    assert kept["events.csv"].startswith(before)
    (line,) = kept["events.csv"][len(before) :].splitlines()
    assert line.split(b",")[3:5] == [b"brought in", b"{}"]


def test_a_drawn_trial_comes_back_as_it_went(ana, clock, tmp_path) -> None:
    clock.set("2026-03-20T08:00+01:00")
    drawn(tmp_path / "t")
    files = contents(tmp_path / "t")
    assert upload(ana, zipped(files, "my-trial/")).url == reverse("tonight")
    assert_brought_in(files_of(current_row(me()), now=clock()), files)


def test_what_the_page_exports_has_the_numbers_of_the_shell(ana, clock, tmp_path) -> None:
    clock.set("2026-06-20T08:00+02:00")
    finished(tmp_path / "t")
    upload(ana, zipped(contents(tmp_path / "t")))
    zipfile.ZipFile(io.BytesIO(ana.get(reverse("export")).content)).extractall(tmp_path)
    exported = {n: (tmp_path / "ekbom-trial" / n) for n in FILES}
    assert {n: file.read_bytes() for n, file in exported.items() if file.exists()} == contents(
        tmp_path / "t"
    )
    said = [
        json.loads(
            shell("verdict", tmp_path / f, "--json", "--outcome", "urge", now=clock()).stdout
        )
        for f in ("t", "ekbom-trial")
    ]
    assert said[0] == said[1]


@pytest.mark.slow
def test_a_trial_that_is_over_stays_as_it_is_and_its_list_says_where_it_came_from(
    ana, clock, tmp_path
) -> None:
    clock.set("2026-06-20T08:00+02:00")
    finished(tmp_path / "t")
    upload(ana, zipped(contents(tmp_path / "t")))
    row = current_row(me())
    assert files_of(row, now=clock()) == contents(tmp_path / "t")
    assert row.brought_in == clock()
    assert "brought in from a file on" in text(ana.get(reverse("trials")))
    close(row, now=clock())
    earlier = [reverse(name, args=[row.pk]) for name in ("earlier_trial", "earlier_verdict")]
    for page in (reverse("trials"), *earlier):
        assert "brought in from a file on" in text(ana.get(page))
    own = registered(clock)
    assert own.brought_in is None
    close(own, now=clock())
    assert "brought in" not in text(ana.get(reverse("earlier_trial", args=[own.pk])))


def test_what_does_not_belong_to_a_trial_is_left_out_and_said(ana, clock, tmp_path) -> None:
    clock.set("2026-03-20T08:00+01:00")
    drawn(tmp_path / "t")
    others = {"__MACOSX/._x": b"", "photo <b>.jpg": b"x", "readme.txt": b"changed"}
    page = text(upload(ana, zipped({**contents(tmp_path / "t"), **others})))
    assert "<li>__MACOSX/._x</li>\n<li>photo &lt;b&gt;.jpg</li>" in page.replace(
        "</li><li>", "</li>\n<li>"
    )
    assert "readme.txt" not in page
    assert current_row(me()) is not None


def test_each_fault_is_said_with_its_file_and_line_and_nothing_is_kept(
    ana, clock, tmp_path
) -> None:
    clock.set("2026-03-20T08:00+01:00")
    registered_files = contents(drawn(tmp_path / "t").path)
    lines = registered_files["events.csv"].replace(b"registered", b"imagined", 1)
    before = rows()
    page = upload(ana, zipped({**registered_files, "events.csv": lines}))
    assert page.status_code == 422
    assert "events.csv, line 2: &#x27;imagined&#x27; is not a kind of event." in text(page)
    assert rows() == before


def test_a_forged_commitment_is_refused(ana, clock, tmp_path) -> None:
    clock.set("2026-03-20T08:00+01:00")
    files = contents(drawn(tmp_path / "t").path)
    allocation = files["allocation.csv"].decode().splitlines()
    swapped = [allocation[0], *allocation[1:]]
    first, second = (line.rsplit(",", 1) for line in swapped[1:3])
    swapped[1], swapped[2] = f"{first[0]},{second[1]}", f"{second[0]},{first[1]}"
    files["allocation.csv"] = ("\n".join(swapped) + "\n").encode()
    page = upload(ana, zipped(files))
    assert page.status_code == 422
    assert "allocation" in text(page)
    assert current_row(me()) is None


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"", "it cannot be read as a zip file"),
        (b"PK\x03\x04 nonsense", "it cannot be read as a zip file"),
        (zipped({"diary.csv": b"x"}), "there is no trial.toml in it"),
        (
            zipped({"a/trial.toml": b"x", "b/trial.toml": b"x"}),
            "there is more than one trial in it",
        ),
        (zipped({f"{n}.txt": b"" for n in range(2001)}), "it is too large for a trial"),
        (zipped({"trial.toml": b"0" * (LARGEST + 1)}), "it is too large for a trial"),
        (zipped({"trial.toml": b"= <script>"}), "trial.toml"),
        (zipped({"trial.toml": b"\xff\xfe"}), "trial.toml"),
    ],
)
def test_hostile_files_are_refused_with_a_reason(ana, data: bytes, said: str) -> None:
    page = upload(ana, data, name='"><script>x.zip')
    assert page.status_code == 422
    assert said.casefold() in text(page).casefold()
    assert "<script>x" not in text(page)
    assert rows() == (0, 0, 0, 0, 0)


@pytest.mark.slow
def test_a_bomb_is_not_unpacked_further_than_it_admits(ana, tmp_path) -> None:
    """The size in the directory is a lie; 200 MB of zeros stand behind it."""
    packed = bytearray(zipped({"trial.toml": b"0" * 200_000_000}))
    at_end = packed.rindex(b"PK\x01\x02")
    packed[at_end + 24 : at_end + 28] = (10).to_bytes(4, "little")
    page = upload(ana, bytes(packed))
    assert page.status_code == 422
    assert "cannot be read as a zip file" in text(page)


def test_names_that_lead_elsewhere_write_nothing(ana, clock, tmp_path, monkeypatch) -> None:
    clock.set("2026-03-20T08:00+01:00")
    monkeypatch.chdir(tmp_path)
    files = contents(drawn(tmp_path / "t").path)
    before = contents(tmp_path)
    evil = {"../../evil.csv": b"x", "/etc/evil": b"x", "..\\..\\evil.csv": b"x"}
    assert upload(ana, zipped({**files, **evil}, "..\\up\\")).status_code == 200
    assert contents(tmp_path) == before
    assert_brought_in(files_of(current_row(me()), now=clock()), files)


def test_texts_too_long_for_a_database_are_faults(ana, clock) -> None:
    row = registered(clock)
    answer(row, FIRST, clock.on(hours=12), urge=4)
    files = dict(files_of(row, now=clock()))
    close(row, now=clock())
    files["entries.csv"] = files["entries.csv"].replace(b",shell,", b"," + b"x" * 81 + b",")
    page = upload(ana, zipped(files))
    assert page.status_code == 422
    assert "entries.csv, line 2: Device is longer than 80 letters" in text(page)


def test_two_trials_at_once_are_refused_and_a_double_tap_is_not(ana, clock, tmp_path) -> None:
    clock.set("2026-03-20T08:00+01:00")
    data = zipped(contents(drawn(tmp_path / "t").path))
    assert upload(ana, data, key="tap").status_code == 302
    assert upload(ana, data, key="tap").status_code == 302
    assert TrialRow.objects.count() == 1
    page = upload(ana, data, key="other")
    assert page.status_code == 422
    assert "You are in a trial already." in text(page)


def test_a_file_without_a_zip_in_it_is_asked_for(ana) -> None:
    assert ana.post(reverse("import_trial"), {}).status_code == 422


def test_a_file_of_many_bad_lines_is_answered_shortly(ana, clock, tmp_path) -> None:
    clock.set("2026-03-20T08:00+01:00")
    files = contents(drawn(tmp_path / "t").path)
    heading = files["events.csv"].splitlines(keepends=True)[0]
    page = upload(ana, zipped({**files, "events.csv": heading + 1000 * b"x,x\n"}))
    assert page.status_code == 422
    assert text(page).count("events.csv, line ") < 110  # each in the summary and at its field
    assert "There are 950 more faults." in text(page)
    for end in (b"\n", b"\r"):
        page = upload(ana, zipped({**files, "events.csv": heading + 50_001 * (b"x,x" + end)}))
        assert page.status_code == 422
        assert "it is too large for a trial" in text(page).lower()
