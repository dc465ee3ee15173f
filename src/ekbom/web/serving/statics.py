"""Style sheets, scripts and pictures, laid out for browsers when they changed."""

from __future__ import annotations

import hashlib
from pathlib import Path

from django.conf import settings
from django.contrib.staticfiles.finders import get_finders
from django.core.management import call_command

from ekbom import __version__

_MARK = ".made-from"


def lay_out() -> bool:
    """Lay the files out, unless they are as they were; return whether that was to be done."""
    root = Path(settings.STATIC_ROOT)
    made_from = _fingerprint()
    mark = root / _MARK
    if mark.is_file() and mark.read_text(encoding="ascii") == made_from:
        return False
    call_command("collectstatic", interactive=False, verbosity=0, clear=root.is_dir())
    mark.write_text(made_from, encoding="ascii")
    return True


def _fingerprint() -> str:
    found = hashlib.sha256(__version__.encode())
    for finder in get_finders():
        for name, storage in finder.list([]):
            state = Path(storage.path(name)).stat()
            found.update(f"{name} {state.st_size} {state.st_mtime_ns}\n".encode())
    return found.hexdigest()
