"""The addresses of this part of the application."""

from __future__ import annotations

from django.urls import path

from ekbom.web.alone import packing, papers, reading

urlpatterns = [
    path("trial/alone/", packing.guide, name="alone"),
    path("trial/alone/again/", packing.again, name="alone_again"),
    path("trial/alone/papers/", papers.papers, name="alone_papers"),
    path("trial/alone/paper/", papers.paper, name="alone_paper"),
    path("trial/slips/", reading.read, name="read_slips"),
    path("trial/slips/correct/", reading.correct, name="correct_slips"),
]
