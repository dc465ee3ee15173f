"""The addresses of this part of the application."""

from __future__ import annotations

from django.urls import path

from ekbom.web.devices import views

urlpatterns = [
    path("devices/", views.devices, name="devices"),
    path("devices/pair/", views.pair, name="pair"),
    path("p/<str:code>/", views.pair_here, name="pair_here"),
    path("devices/<uuid:device>/remove/", views.remove, name="device_remove"),
    path("trust/", views.trust, name="trust"),
    path("trust/ekbom-ca.pem", views.trust_file, name="trust_file"),
]
