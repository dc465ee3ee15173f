"""Every address of the application; none of them names a person, a trial or a treatment."""

from __future__ import annotations

from importlib import import_module

from django.urls import include, path, register_converter

from ekbom.web.dates import NightConverter

PARTS = (
    "begin",
    "nights",
    "health",
    "course",
    "results",
    "data",
    "devices",
    "person",
    "api",
    "helper",
    "alone",
)
"""The parts of the application, each with addresses of its own."""

register_converter(NightConverter, "night")

urlpatterns = [
    *(path("", include(import_module(f"ekbom.web.{part}.urls"))) for part in PARTS),
    path("account/", include("allauth.urls")),
]

handler404 = "ekbom.web.errors.missing"
handler500 = "ekbom.web.errors.broken"
