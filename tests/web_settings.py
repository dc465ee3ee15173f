"""The application's settings, with a data folder that no test leaves behind in anybody's home."""

import atexit
import os
import shutil
import tempfile

if "EKBOM_DATA" not in os.environ:
    os.environ["EKBOM_DATA"] = tempfile.mkdtemp(prefix="ekbom-tests-")
    atexit.register(shutil.rmtree, os.environ["EKBOM_DATA"], ignore_errors=True)

from ekbom.web.settings import *  # noqa: F403
