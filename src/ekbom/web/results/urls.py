"""The addresses of this part of the application."""

from __future__ import annotations

from django.urls import path

from ekbom.web.pending import pending

urlpatterns = [
    path("progress/", pending, name="progress"),
    path("ratings/", pending, name="ratings"),
    path("verdict/", pending, name="verdict"),
    path("trials/<uuid:trial>/verdict/", pending, name="earlier_verdict"),
]
