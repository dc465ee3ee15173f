"""The pages on which backups are set up: phrase, phrase again, folder; and one made by hand."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import wraps

import platformdirs
from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from ekbom.problem import InputError, RefusedError
from ekbom.web import present
from ekbom.web.access import for_person
from ekbom.web.data.automatic import arrange, arrangement, backup_now
from ekbom.web.data.forms import FolderForm, PhraseForm
from ekbom.web.data.phrase import groups_of, new_identity
from ekbom.web.models import Person

_PENDING = "backup-recipient"
"""Where a session keeps the public half of a phrase that was shown and not yet typed again."""

View = Callable[[HttpRequest, Person], HttpResponse]


def _for_owner(view: View) -> Callable[..., HttpResponse]:
    """Let only the owner of the machine in: in a clinic, whoever runs it makes the backups."""

    @for_person
    @wraps(view)
    def guarded(request: HttpRequest, person: Person) -> HttpResponse:
        if settings.SITE.several_people:
            raise Http404
        return view(request, person)

    return guarded


@require_safe
@for_person
def backup(request: HttpRequest, person: Person) -> HttpResponse:  # noqa: ARG001 - a view
    """Show how backups are made here, and the next step to set them up."""
    seen = {
        "how": arrangement(),
        "clinic": settings.SITE.several_people,
        "pending": _PENDING in request.session,
    }
    return render(request, "ekbom/data/backup.html", seen)


@require_POST
@_for_owner
def new_phrase(request: HttpRequest, person: Person) -> HttpResponse:  # noqa: ARG001 - a view
    """Show a new recovery phrase, once: only its public half is kept, so there is no way back."""
    identity = new_identity()
    request.session[_PENDING] = str(identity.to_public())
    return render(request, "ekbom/data/phrase.html", {"groups": groups_of(identity)})


@require_http_methods(["GET", "HEAD", "POST"])
@_for_owner
def typed_phrase(request: HttpRequest, person: Person) -> HttpResponse:  # noqa: ARG001 - a view
    """Take the phrase typed from its copy: only then are backups made for it."""
    pending = request.session.get(_PENDING)
    if pending is None:
        return redirect("backup")
    form = PhraseForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        if form.cleaned_data["phrase"] == pending:
            del request.session[_PENDING]
            arrange(replace(arrangement(), recipient=pending, last=None, by_hand=None, failed=""))
            return redirect("backup" if arrangement().folder else "backup_folder")
        form.add_error("phrase", _("This is another phrase than the one that was shown."))
    return render(
        request, "ekbom/data/typed.html", {"form": form}, status=422 if form.is_bound else 200
    )


@require_http_methods(["GET", "HEAD", "POST"])
@_for_owner
def folder(request: HttpRequest, person: Person) -> HttpResponse:  # noqa: ARG001 - a view
    """Take the folder for the backups, and make the first one at once."""
    how = arrangement()
    if not how.recipient:
        return redirect("backup")
    usual = how.folder or str(platformdirs.user_documents_path() / "ekbom backups")
    form = FolderForm(
        request.POST if request.method == "POST" else None,
        initial={"folder": usual},
        data_folder=settings.SITE.data,
    )
    if form.is_valid():
        arrange(replace(how, folder=str(form.cleaned_data["folder"])))
        return _made(request)
    return render(
        request, "ekbom/data/folder.html", {"form": form}, status=422 if form.is_bound else 200
    )


@require_POST
@_for_owner
def now(request: HttpRequest, person: Person) -> HttpResponse:  # noqa: ARG001 - a view
    """Make a backup now."""
    return _made(request) if arrangement().ready else redirect("backup")


def _made(request: HttpRequest) -> HttpResponse:
    try:
        backup_now(present.now())
    except (OSError, InputError, RefusedError):
        pass  # The page says why, from the arrangement.
    else:
        messages.success(request, _("A backup was made and checked."))
    return redirect("backup")
