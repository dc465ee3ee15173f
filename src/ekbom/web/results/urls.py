"""The addresses of this part of the application."""

from __future__ import annotations

from django.urls import path

from ekbom.web.results import progress, ratings, verdict

urlpatterns = [
    path("progress/", progress.progress, name="progress"),
    path("ratings/", ratings.ratings, name="ratings"),
    path("verdict/", verdict.verdict, name="verdict"),
    path("trials/<uuid:trial>/verdict/", verdict.earlier, name="earlier_verdict"),
]
