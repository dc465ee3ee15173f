"""The addresses of this part of the application."""

from __future__ import annotations

from django.urls import path

from ekbom.web.pending import pending

urlpatterns = [
    path("", pending, name="start"),
    path("welcome/", pending, name="welcome"),
    path("begin/safety/", pending, name="begin_safety"),
    path("begin/medicines/", pending, name="begin_medicines"),
    path("begin/product/", pending, name="begin_product"),
    path("begin/plan/", pending, name="begin_plan"),
    path("begin/agree/", pending, name="begin_agree"),
    path("begin/diary/", pending, name="begin_diary"),
]
