"""The addresses of this part of the application."""

from __future__ import annotations

from django.urls import path

from ekbom.web.pending import pending

urlpatterns = [
    path("settings/", pending, name="settings"),
    path("settings/language/", pending, name="language"),
    path("reminders/", pending, name="reminders"),
    path("reminders.ics", pending, name="reminders_file"),
    path("help/", pending, name="help"),
    path("evidence/", pending, name="evidence"),
    path("about/", pending, name="about"),
    path("invite/<str:token>/", pending, name="invite"),
    path("leave/", pending, name="leave"),
]
