"""The application as a server runs it."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from ekbom.web import present

if TYPE_CHECKING:
    from django.core.handlers.wsgi import WSGIHandler


def application(*, clock: present.Clock = present.utc_now) -> WSGIHandler:
    """Return the application for the site that the environment describes.

    ``clock`` tells the time to every page; only a test gives another than the computer's.
    """
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "ekbom.web.settings")
    from django.core.wsgi import get_wsgi_application  # noqa: PLC0415 - needs the settings

    present.use(clock)
    return get_wsgi_application()
