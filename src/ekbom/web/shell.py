"""The application without a server, for commands of the shell."""

from __future__ import annotations

import os
from pathlib import Path

from ekbom.web.site import Site


def set_up(data: Path | None = None) -> Site:
    """Make the database of an installation ready to be asked, and return the installation.

    ``data`` is its folder; left out, it is the one that the environment names.
    """
    if data is not None:
        os.environ["EKBOM_DATA"] = str(data.absolute())
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "ekbom.web.settings")
    import django  # noqa: PLC0415 - the settings read the environment

    django.setup()
    from django.conf import settings  # noqa: PLC0415

    site: Site = settings.SITE
    return site
