"""How a helper comes to their pages, and how they leave them."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST

from ekbom.web import present
from ekbom.web.devices.limits import may_try, note_try, sender
from ekbom.web.errors import too_often
from ekbom.web.helper.links import begin_visit, end_visit, link_of
from ekbom.web.helper.visits import (
    Helping,
    for_helper,
    forget_cookie,
    link_over,
    set_cookie,
    unseen,
)

_LINK = "helper_link"
_WRONG_LINKS = 20


@require_http_methods(["GET", "HEAD", "POST"])
@unseen
def arrive(request: HttpRequest, token: str) -> HttpResponse:
    """Show whom the link is for; begin the helper's visit when they say that they are the one.

    Whatever only looks at the address, as programs do that preview a message, begins nothing.
    """
    who, now = sender(request), present.now()
    if not may_try(_LINK, who=who, times=_WRONG_LINKS):
        return too_often(request)
    link = link_of(token, now=now)
    visit = "" if link is None or request.method != "POST" else begin_visit(link, now=now)
    if link is None or (request.method == "POST" and not visit):
        note_try(_LINK, who=who)
        return link_over(request, 404)
    if not visit:
        return render(request, "ekbom/helper/arrive.html")
    response = redirect("helper_work")
    set_cookie(request, response, visit)
    return response


@require_POST
@for_helper
def leave(request: HttpRequest, helping: Helping) -> HttpResponse:
    """End the helper's visit."""
    end_visit(helping.link, now=helping.now)
    response = render(request, "ekbom/helper/done.html", {"opened": helping.has("unblinding")})
    forget_cookie(response)
    return response
