"""The addresses of this part of the application."""

from __future__ import annotations

from django.urls import path

from ekbom.web.course import breaks, buying, dose, ends, guesses, medicines, order, overview, packs

urlpatterns = [
    path("trial/", overview.trial, name="trial"),
    path("trial/screening/", order.screening, name="trial_screening"),
    path("trial/medicines/", medicines.medicine_list, name="trial_medicines"),
    path("trial/dose/", dose.fix, name="fix_dose"),
    path("trial/draw/", order.draw, name="draw"),
    path("trial/buy/", buying.buy, name="buy"),
    path("trial/buy/paper/", buying.buy_paper, name="buy_paper"),
    path("trial/packs/", packs.make, name="packs"),
    path("trial/packs/list/", packs.contents, name="packing_list"),
    path("trial/pause/", breaks.pause, name="pause"),
    path("trial/resume/", breaks.resume, name="resume"),
    path("trial/zone/", breaks.zone, name="zone"),
    path("trial/stop/", ends.stop, name="stop"),
    path("trial/deviation/", ends.deviation, name="deviation"),
    path("trial/guess/<int:period>/", guesses.guess, name="guess"),
    path("trial/finish/", guesses.last_guess, name="last_guess"),
    path("trial/open/", guesses.unblind, name="unblind"),
]
