"""The addresses of this part of the application."""

from __future__ import annotations

from django.urls import path

from ekbom.web.pending import pending

urlpatterns = [
    path("sw.js", pending, name="service_worker"),
    path("manifest.webmanifest", pending, name="manifest"),
    path("offline/", pending, name="offline"),
]
