"""The addresses of this part of the application."""

from __future__ import annotations

from django.urls import path

from ekbom.web.pending import pending

urlpatterns = [
    path("trial/", pending, name="trial"),
    path("trial/screening/", pending, name="trial_screening"),
    path("trial/dose/", pending, name="fix_dose"),
    path("trial/draw/", pending, name="draw"),
    path("trial/packs/", pending, name="packs"),
    path("trial/pause/", pending, name="pause"),
    path("trial/resume/", pending, name="resume"),
    path("trial/zone/", pending, name="zone"),
    path("trial/stop/", pending, name="stop"),
    path("trial/deviation/", pending, name="deviation"),
    path("trial/guess/<int:period>/", pending, name="guess"),
    path("trial/finish/", pending, name="last_guess"),
    path("trial/open/", pending, name="unblind"),
]
