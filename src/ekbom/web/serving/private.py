"""Files of this installation that nobody else on the computer may read."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path


def write_private(path: Path, data: bytes) -> None:
    """Put ``data`` into ``path``, readable by its owner alone, all of it or none."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    # mkstemp makes its file readable by the owner alone from the first moment.
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    with os.fdopen(handle, "wb") as file:
        file.write(data)
    Path(name).replace(path)
