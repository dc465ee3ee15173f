"""What a browser needs to work without a network: the worker, the manifest, one page."""

from __future__ import annotations

import hashlib
import json

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.templatetags.static import static
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from ekbom.guide.break_glass import ANY_WAY
from ekbom.report.break_glass_words import advice_words

_KEPT = (
    "ekbom.css",
    "icon.svg",
    "outbox.js",
    "offline.js",
    "kept.js",
    "rules.js",
)
"""The static files that the pages without a network need."""

_PAGES = ("offline", "signs")
"""The pages that are kept; the first is shown in place of all others."""


@require_safe
def service_worker(request: HttpRequest) -> HttpResponse:  # noqa: ARG001 - Django calls it so
    """Give the worker, with the names of the files it keeps; another list is another version."""
    files = [static(f"ekbom/{name}") for name in _KEPT]
    version = hashlib.sha256("\n".join(files).encode()).hexdigest()[:12]
    context = {
        "version": json.dumps(version),
        "files": json.dumps(files),
        "pages": json.dumps([reverse(name) for name in _PAGES]),
    }
    script = render_to_string("ekbom/api/sw.js", context)
    headers = {"Cache-Control": "no-cache"}
    return HttpResponse(script, content_type="text/javascript; charset=utf-8", headers=headers)


@require_safe
def manifest(request: HttpRequest) -> JsonResponse:
    """Say what the application is called on a phone's home screen; the name says nothing more."""
    return JsonResponse(
        {
            "name": "ekbom",
            "short_name": "ekbom",
            "lang": getattr(request, "LANGUAGE_CODE", "en"),
            "description": _("A diary for your nights."),
            "start_url": reverse("start"),
            "scope": "/",
            "display": "standalone",
            "background_color": "#17130f",
            "theme_color": "#17130f",
            "icons": [
                {"src": static("ekbom/icon.svg"), "sizes": "any", "type": "image/svg+xml"},
                {"src": static("ekbom/icon-192.png"), "sizes": "192x192", "type": "image/png"},
                {"src": static("ekbom/icon-512.png"), "sizes": "512x512", "type": "image/png"},
            ],
        },
        content_type="application/manifest+json",
    )


@require_safe
def offline(request: HttpRequest) -> HttpResponse:
    """Give the page that works without a network; it is the same for everybody."""
    nobody = {"person": None, "row": None, "menu": None, "theme": "dark"}
    glass = {"advice": advice_words(None), "ways": ANY_WAY}
    return render(request, "ekbom/api/offline.html", {**nobody, **glass})
