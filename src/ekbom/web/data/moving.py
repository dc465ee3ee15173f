"""Taking a trial out as a file, and bringing one in."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_safe

from ekbom.language import say
from ekbom.problem import InputError, Problem, RefusedError
from ekbom.web import present
from ekbom.web.access import Visit, for_diary, for_person
from ekbom.web.data.archive import LARGEST, NAME, Unpacked, pack, unpack
from ekbom.web.data.automatic import arrangement
from ekbom.web.data.forms import ImportForm
from ekbom.web.data.taking_in import Found, read_unpacked, take_in
from ekbom.web.models import Person, TrialRow
from ekbom.web.refusals import form_with, problems_in
from ekbom.web.store import files_of

_SHOWN = 10
"""How many names of files that were left out are shown."""


_MOST_FAULTS = 50
"""How many faults of a file are shown."""


@require_safe
@for_person
def data(request: HttpRequest, person: Person) -> HttpResponse:
    """Show what can be done with everything that is kept here."""
    earlier = person.trials.exclude(closed=None).exists()
    return render(request, "ekbom/data/data.html", {"earlier": earlier, "how": arrangement()})


@require_safe
@for_diary
def export(request: HttpRequest, visit: Visit) -> HttpResponse:  # noqa: ARG001 - a view
    """Give the trial or diary as a zip file of plain text files."""
    return zip_response(visit.row)


def zip_response(row: TrialRow) -> HttpResponse:
    """Return a trial's files as a file to keep, under a name that tells nothing."""
    packed = pack(files_of(row, now=present.now()))
    heads = {"Content-Disposition": f'attachment; filename="{NAME}"', "Cache-Control": "no-store"}
    return HttpResponse(packed, content_type="application/zip", headers=heads)


@require_http_methods(["GET", "HEAD", "POST"])
@for_person
def import_trial(request: HttpRequest, person: Person) -> HttpResponse:
    """Bring in a trial or a diary from a zip file; what is wrong with it is said line by line."""
    if request.method != "POST":
        return render(request, "ekbom/data/import.html", {"form": ImportForm()})
    form = ImportForm(request.POST, request.FILES)
    if form.is_valid():
        try:
            unpacked = _unpacked(form)
            found = read_unpacked(unpacked, now=present.now())
            take_in(person, found=found, now=present.now(), key=form.cleaned_data["key"])
        except RefusedError as error:
            form_with(form, error)
        except InputError as error:
            for line in _lines(error.problems):
                form.add_error("file", line)
        else:
            return _brought_in(request, unpacked, found)
    return render(request, "ekbom/data/import.html", {"form": form}, status=422)


def _unpacked(form: ImportForm) -> Unpacked:
    file = form.cleaned_data["file"]
    if file.size > LARGEST:
        problem = Problem(file.name, None, "it is too large for a trial", "Give the export of one")
        raise InputError([problem])
    return unpack(file, name=file.name)


def _lines(problems: Sequence[Problem]) -> Iterator[str]:
    """Yield the first of many faults, and how many more there are."""
    yield from map(_line, problems[:_MOST_FAULTS])
    more = len(problems) - _MOST_FAULTS
    if more > 0:
        yield ngettext("There is %(n)s more fault.", "There are %(n)s more faults.", more) % {
            "n": more
        }


def _line(problem: Problem) -> str:
    """Return a problem with its file and line, on which its owner can find it."""
    (words,) = problems_in(InputError([problem]))
    if problem.line is None:
        return say("{file}: {words}", file=problem.file, words=words)
    return say("{file}, line {line}: {words}", file=problem.file, line=problem.line, words=words)


def _brought_in(request: HttpRequest, unpacked: Unpacked, found: Found) -> HttpResponse:
    """Say what was brought in, and what was left out or assumed."""
    seen = {
        "trial": found.trial,
        "notes": [_line(problem) for problem in found.notes],
        "left_out": [name[:200] for name in unpacked.left_out[:_SHOWN]],
        "more": max(len(unpacked.left_out) - _SHOWN, 0),
    }
    if not seen["notes"] and not seen["left_out"]:
        return redirect("tonight")
    return render(request, "ekbom/data/brought_in.html", seen)
