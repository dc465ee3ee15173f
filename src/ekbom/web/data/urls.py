"""The addresses of this part of the application."""

from __future__ import annotations

from django.urls import path

from ekbom.web.pending import pending

urlpatterns = [
    path("data/", pending, name="data"),
    path("data/export.zip", pending, name="export"),
    path("data/import/", pending, name="import_trial"),
    path("data/delete/", pending, name="delete"),
    path("data/backup/", pending, name="backup"),
    path("data/new/", pending, name="new_trial"),
    path("trials/", pending, name="trials"),
    path("trials/<uuid:trial>/", pending, name="earlier_trial"),
    path("trials/<uuid:trial>/export.zip", pending, name="earlier_export"),
]
