"""What is printed for packs that somebody makes alone; nothing in it tells an order."""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from ekbom.guide.place import is_drawn
from ekbom.problem import InputError, RefusedError
from ekbom.report.paper.instructions import instruction_sheet
from ekbom.report.paper.labels import label_sheet
from ekbom.report.paper.setting import Document
from ekbom.report.paper.slips import slip_sheets
from ekbom.trial.folder import Trial
from ekbom.trial.packing import next_move
from ekbom.trial.slips import slips_of
from ekbom.web.access import Visit
from ekbom.web.alone.places import for_making, refused
from ekbom.web.course.buying import paper_sizes, sent_paper
from ekbom.web.course.sending import shown
from ekbom.web.refusals import problems_in

PRINTED = ("labels", "slips", "instructions")


@never_cache
@require_safe
@for_making
def papers(request: HttpRequest, visit: Visit) -> HttpResponse:
    """Offer what is printed, for both sizes of paper."""
    made = is_drawn(visit.trial)
    open_ = made and next_move(visit.trial) is not None
    return shown(request, "ekbom/alone/papers.html", sizes=paper_sizes(), made=made, slips=open_)


@never_cache
@require_safe
@for_making
def paper(request: HttpRequest, visit: Visit) -> HttpResponse:
    """Send one of the papers as a PDF."""
    what = request.GET.get("what")
    if what not in PRINTED:
        raise Http404
    try:
        document = _document(visit.trial, what)
    except (InputError, RefusedError) as error:
        return refused(request, " ".join(problems_in(error)), "alone", _("To the packs"))
    return sent_paper(request, visit, what, document)


def _document(trial: Trial, what: str) -> Document:
    match what:
        case "labels":
            return label_sheet(trial=trial)
        case "slips":
            _refuse_slips(trial)
            return slip_sheets(protocol=trial.protocol, slips=slips_of(trial))
        case _:
            return instruction_sheet(trial=trial)


def _refuse_slips(trial: Trial) -> None:
    if not is_drawn(trial):
        raise RefusedError(_("The slips are not made yet."))
    if next_move(trial) is None:
        raise RefusedError(_("All packs are made, so no slip is printed any more."))
