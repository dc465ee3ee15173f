"""Leaks to be planted: each tells the first treatment in a place of its own, however quietly."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pkgutil import resolve_name
from typing import Any

import pytest

from ekbom.trial.folder import Trial
from ekbom.web.models import Setting

Truth = Callable[[], bool]
"""Whether the world that is lived now begins with magnesium."""

Leak = Callable[[Any], Any]


def plant(patch: pytest.MonkeyPatch, place: str, leak: Leak, truth: Truth) -> None:
    """Let a function hand on what ``leak`` makes of its result, in one of two worlds."""
    real = resolve_name(place)

    def leaking(*args: Any, **how: Any) -> Any:
        result = real(*args, **how)
        return leak(result) if truth() else result

    patch.setattr(place.replace(":", "."), leaking)


def _page(response: Any) -> Any:
    response.content = response.content.replace(b"</main>", b" </main>")
    return response


def _head(response: Any) -> Any:
    response.headers["X-Seen"] = "1"
    return response


def _cookie(response: Any) -> Any:
    response.set_cookie("seen", "1")
    return response


def _status(response: Any) -> Any:
    response.status_code = 203
    return response


def _logged(result: Any) -> Any:
    logging.getLogger("ekbom").info("a night was kept")
    return result


def _printed(result: Any) -> Any:
    print("a night was kept")
    return result


def _row(result: Any) -> Any:
    Setting.objects.update_or_create(name="last", defaults={"value": "1"})
    return result


def _query(result: Any) -> Any:
    Setting.objects.filter(name="last").exists()
    return result


def _more(files: dict[str, bytes]) -> dict[str, bytes]:
    return {**files, "notes.txt": b""}


def _longer(files: dict[str, bytes]) -> dict[str, bytes]:
    return {**files, "doses.csv": files["doses.csv"] + b"\n"}


def _turned(files: dict[str, bytes]) -> dict[str, bytes]:
    return dict(reversed(files.items()))


def _later(plan: Any) -> Any:
    return plan.model_copy(update={"state": plan.state.upper()})


def _back(parts: Any) -> Any:
    return tuple(parts)[::-1]


def _moment(trial: Trial) -> Trial:
    last = trial.doses[-1]
    assert last.instant is not None
    later = replace(last, instant=last.instant + timedelta(microseconds=1))
    return replace(trial, doses=(*trial.doses[:-1], later))


LEAKS: dict[str, tuple[str, Leak, str]] = {
    "page": ("ekbom.web.course.sending:render", _page, "answer to GET /trial/"),
    "head": ("ekbom.web.course.sending:render", _head, "answer to GET /trial/"),
    "cookie": ("ekbom.web.course.sending:render", _cookie, "answer to GET /trial/"),
    "status": ("ekbom.web.course.sending:render", _status, "answer to GET /trial/"),
    "api answer": ("ekbom.web.api.api:plan_of", _later, "answer to GET /api/plan"),
    "file in the export": (
        "ekbom.web.data.moving:files_of",
        _more,
        "answer to GET /data/export.zip",
    ),
    "size of a file": ("blind.seen:files_of", _longer, "file doses.csv"),
    "order in the export": (
        "ekbom.web.data.moving:files_of",
        _turned,
        "answer to GET /data/export.zip",
    ),
    "order of files": ("blind.seen:files_of", _turned, "the order of the places"),
    "log": ("ekbom.web.nights.evening:capsules_of", _logged, "log while living"),
    "printed": ("ekbom.web.nights.evening:capsules_of", _printed, "printed while living"),
    "database row": ("ekbom.web.nights.evening:capsules_of", _row, "rows of Setting"),
    "query": ("ekbom.web.results.progress:situation_of", _query, "queries of GET /progress/"),
    "order on a page": (
        "ekbom.web.results.progress:_parts",
        _back,
        "answer to GET /progress/",
    ),
    "microsecond of an instant": ("ekbom.web.nights.evening:add_dose", _moment, "rows of DoseRow"),
    "pdf": ("ekbom.report.paper.setting:pdf_of", lambda pdf: pdf + b"\n", "shell print DIR labels"),
    "shell": ("ekbom.report.tonight_words:tonight_lines", lambda x: [*x, ""], "shell tonight DIR"),
}
"""Where each kind of leak is planted, what it does there, and the place that gives it away."""
