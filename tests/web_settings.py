"""The application's settings, with a data folder that no test leaves behind in anybody's home."""

import atexit
import os
import shutil
import tempfile

# Each worker of a run has a folder of its own; what a test starts keeps the one it is given.
_worker = os.environ.get("PYTEST_XDIST_WORKER", "main")
_made_by, _, _made = os.environ.get("EKBOM_TESTS_FOLDER", "").partition(" ")
_given = os.environ.get("EKBOM_DATA")
if _given is None or (_given == _made and _made_by != _worker):
    os.environ["EKBOM_DATA"] = tempfile.mkdtemp(prefix="ekbom-tests-")
    os.environ["EKBOM_TESTS_FOLDER"] = f"{_worker} {os.environ['EKBOM_DATA']}"
    atexit.register(shutil.rmtree, os.environ["EKBOM_DATA"], ignore_errors=True)

from ekbom.web.settings import *  # noqa: E402, F403
