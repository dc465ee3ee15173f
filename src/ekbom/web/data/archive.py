"""A trial's files as one zip file, and back."""

from __future__ import annotations

import io
import struct
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import BinaryIO

from ekbom.language import say
from ekbom.problem import InputError, Problem
from ekbom.trial.place import EVENTS, FILES, TRIAL

NAME, FOLDER, README = "ekbom-trial.zip", "ekbom-trial", "readme.txt"

LARGEST = 40 * 1024 * 1024
"""Most bytes of a zip file that is taken in, and of all files in it."""

_MOST_FILES = 2000
_MOST_LINES = 50_000
"""Most lines of a file: a diary of ten years has fewer."""
_ENDS = (b"\n", b"\r")
_FIXED = (1980, 1, 1, 0, 0, 0)
"""One time for every file, so that the same trial always gives the same bytes."""

_BROKEN = (
    zipfile.BadZipFile,
    zlib.error,
    struct.error,
    EOFError,
    NotImplementedError,
    RuntimeError,
    ValueError,
    OSError,
)
"""What Python raises when it reads a zip file that is broken, encrypted or packed in an odd way."""

_TRIAL_NOTE = """\
This is a trial folder of ekbom. Each file is plain text.
To look for faults in it, type:    ekbom check ekbom-trial
To see its verdict at the end:     ekbom verdict ekbom-trial
"""
_DIARY_NOTE = """\
This is a diary that was kept with ekbom, without a trial.
entries.csv has every answer; diary.csv has one line a night.
"""


@dataclass(frozen=True, slots=True)
class Unpacked:
    """The files of a trial that were found in a zip file, and the names of what else was in it."""

    files: Mapping[str, bytes]
    left_out: tuple[str, ...] = ()


def pack(files: Mapping[str, bytes]) -> bytes:
    """Return a trial's files as a zip file; the same files always give the same bytes."""
    note = say(_TRIAL_NOTE if EVENTS in files else _DIARY_NOTE)
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for name, data in {README: note.encode(), **files}.items():
            info = zipfile.ZipInfo(f"{FOLDER}/{name}", _FIXED)
            info.compress_type = zipfile.ZIP_DEFLATED
            info.external_attr = 0o600 << 16
            archive.writestr(info, data)
    return packed.getvalue()


def unpack(file: BinaryIO, *, name: str) -> Unpacked:
    """Return the trial in a zip file, which stands in it alone or in a folder.

    Nothing is written anywhere.  Raises InputError if it is no zip file, is too large, or has no
    trial or several.
    """
    try:
        with zipfile.ZipFile(file) as archive:
            return _unpacked(archive, name)
    except _BROKEN:
        raise _fault(name, "it cannot be read as a zip file", "Export it again") from None


def _unpacked(archive: zipfile.ZipFile, name: str) -> Unpacked:
    found = [info for info in archive.infolist() if not info.is_dir()]
    if len(found) > _MOST_FILES or sum(info.file_size for info in found) > LARGEST:
        raise _fault(name, "it is too large for a trial", "Give the export of one trial")
    folder = _folder(found, name)
    wanted = {f"{folder}{file}": file for file in FILES}
    ours = [info for info in found if _plain(info) in wanted]
    if len({_plain(info) for info in ours}) < len(ours):
        raise _fault(name, "a file is in it twice", "Export it again")
    # What is longer than its declared size, or differs from its checksum, raises BadZipFile.
    files = {wanted[_plain(info)]: archive.read(info) for info in ours}
    if any(max(data.count(end) for end in _ENDS) > _MOST_LINES for data in files.values()):
        raise _fault(name, "it is too large for a trial", "Give the export of one trial")
    others = (_plain(info) for info in found if _plain(info) not in wanted)
    return Unpacked(
        files={file: files[file] for file in FILES if file in files},
        left_out=tuple(other for other in others if other != f"{folder}{README}"),
    )


def _folder(found: list[zipfile.ZipInfo], name: str) -> str:
    """Return the folder of the one trial in a zip file, with a stroke at its end, or nothing."""
    folders = sorted(set(_folders(found)))
    if not folders:
        raise _fault(name, "there is no trial.toml in it", "Give the export of a trial")
    if len(folders) > 1:
        raise _fault(name, "there is more than one trial in it", "Bring in one at a time")
    return folders[0]


def _folders(found: list[zipfile.ZipInfo]) -> Iterator[str]:
    for info in found:
        folder, _, file = _plain(info).rpartition("/")
        if file == TRIAL:
            yield f"{folder}/" if folder else ""


def _plain(info: zipfile.ZipInfo) -> str:
    """Return a file's name with the strokes of every system."""
    return info.filename.replace("\\", "/")


def _fault(name: str, what: str, do: str) -> InputError:
    return InputError([Problem(name, None, what, do)])
