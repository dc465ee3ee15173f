"""The addresses of this part of the application."""

from __future__ import annotations

from django.urls import path

from ekbom.web.helper import arriving, asking, opening, packing, sealing, work

urlpatterns = [
    path("trial/helper/", asking.ask, name="helper"),
    path("helper/", work.work, name="helper_work"),
    path("helper/link/<str:token>/", arriving.arrive, name="helper_link"),
    path("helper/seal/", sealing.seal, name="helper_seal"),
    path("helper/prove/", sealing.prove, name="helper_prove"),
    path("helper/again/", sealing.begin_again, name="helper_again"),
    path("helper/packs/", packing.packs, name="helper_packs"),
    path("helper/papers/", packing.papers, name="helper_papers"),
    path("helper/open/", opening.open_order, name="helper_open"),
    path("helper/done/", arriving.leave, name="helper_done"),
]
