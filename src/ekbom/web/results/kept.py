"""A verdict as markup, worked out once for each state of its trial."""

from __future__ import annotations

from datetime import datetime

from django.utils.translation import gettext as _

from ekbom import __version__
from ekbom.language import language_now, say
from ekbom.trial.folder import Trial
from ekbom.web.models import Picture, TrialRow

_KIND = "verdict"


def result_of(row: TrialRow, *, trial: Trial, now: datetime) -> str:
    """Return the result of a trial that is over, safe to stand in a page as it is.

    ``row`` is as new as ``trial``.  It takes a second or two the first time.  Raises as
    `reach_verdict` does.
    """
    key = f"{_KIND} {row.version} {language_now()} {__version__}"
    kept = Picture.objects.filter(trial=row, key=key).first()
    if kept is not None:
        return bytes(kept.data).decode()
    made = _made(trial, now)
    old = Picture.objects.filter(trial=row, key__startswith=f"{_KIND} ")
    old.exclude(key__startswith=f"{_KIND} {row.version} ").delete()
    data = {"made": now, "data": made.encode()}
    Picture.objects.update_or_create(trial=row, key=key, defaults=data)
    return made


def _made(trial: Trial, now: datetime) -> str:
    # They take a second to load, which nobody should wait for who starts the application.
    from ekbom.analysis.verdict import reach_verdict  # noqa: PLC0415
    from ekbom.report.page import Section, section_markup  # noqa: PLC0415

    found = reach_verdict(trial=trial, now=now)
    section = Section(_("The answer"), say(trial.protocol.title), found, ())
    return section_markup(section).html
