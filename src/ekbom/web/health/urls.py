"""The addresses of this part of the application."""

from __future__ import annotations

from django.urls import path

from ekbom.web.pending import pending

urlpatterns = [
    path("signs/", pending, name="signs"),
    path("signs/report/", pending, name="signs_report"),
    path("health/changed/", pending, name="changed"),
    path("health/complaint/", pending, name="complaint"),
    path("health/record/", pending, name="advice_record"),
]
