"""The real application with people at every stage of a trial, at one fixed evening."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from browser.served import Served, serve


@dataclass(frozen=True, slots=True)
class Peopled:
    """A running application: for every stage that person's cookie and the address of each page."""

    site: Served
    cookies: dict[str, Any]
    pages: dict[str, dict[str, str]]

    def address(self, stage: str, name: str) -> str:
        """Return the whole address of a page."""
        return self.site.url + self.pages[stage][name]


@contextmanager
def peopled(folder: Path) -> Iterator[Peopled]:
    """Run the application with its data in ``folder`` and people in it."""
    with serve(folder) as site:
        found = site.do("browser.peopled:settle")
        cookies = {
            stage: {"name": "ekbom_device", "value": token, "url": site.url}
            for stage, token in found["tokens"].items()
        }
        yield Peopled(site, cookies, found["pages"])


def settle(*, now: datetime) -> dict[str, Any]:
    """Let there be people in the server's database."""
    from django.test.utils import setup_test_environment

    from web.pages import addresses
    from web.states import STAGES, people

    setup_test_environment()
    tokens = people(now=now)
    return {"tokens": tokens, "pages": {stage: addresses(stage) for stage in STAGES}}
