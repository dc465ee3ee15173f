"""The addresses of this part of the application."""

from __future__ import annotations

from django.urls import path

from ekbom.web.pending import pending

urlpatterns = [
    path("devices/", pending, name="devices"),
    path("devices/pair/", pending, name="pair"),
    path("p/<str:code>/", pending, name="pair_here"),
    path("devices/<uuid:device>/remove/", pending, name="device_remove"),
    path("trust/", pending, name="trust"),
    path("trust/ekbom-ca.pem", pending, name="trust_file"),
]
