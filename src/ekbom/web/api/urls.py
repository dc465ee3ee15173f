"""The addresses of this part of the application."""

from __future__ import annotations

from django.urls import path

from ekbom.web.api.api import api
from ekbom.web.api.views import manifest, offline, service_worker

urlpatterns = [
    path("sw.js", service_worker, name="service_worker"),
    path("manifest.webmanifest", manifest, name="manifest"),
    path("offline/", offline, name="offline"),
    path("api/", api.urls),
]
