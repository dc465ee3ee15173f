"""The addresses of this part of the application."""

from __future__ import annotations

from django.urls import path

from ekbom.web.health.changed import changed, changed_record
from ekbom.web.health.complaint import advice_record, agreed, complaint, word
from ekbom.web.health.glass import break_glass
from ekbom.web.health.signs import signs, signs_report

urlpatterns = [
    path("signs/", signs, name="signs"),
    path("signs/report/", signs_report, name="signs_report"),
    path("signs/open/", break_glass, name="break_glass"),
    path("health/changed/", changed, name="changed"),
    path("health/changed/record/", changed_record, name="changed_record"),
    path("health/complaint/", complaint, name="complaint"),
    path("health/word/<str:said>/", word, name="word"),
    path("health/record/", advice_record, name="advice_record"),
    path("health/agreed/", agreed, name="agreed"),
]
