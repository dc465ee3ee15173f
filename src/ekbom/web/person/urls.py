"""The addresses of this part of the application."""

from __future__ import annotations

from django.urls import path

from ekbom.web.person import alarms, choices, entrance, reading

urlpatterns = [
    path("settings/", choices.own_settings, name="settings"),
    path("settings/language/", choices.language, name="language"),
    path("reminders/", alarms.overview, name="reminders"),
    path("reminders.ics", alarms.file, name="reminders_file"),
    path("calendar/<str:token>.ics", alarms.feed, name="reminders_feed"),
    path("help/", reading.own_help, name="help"),
    path("evidence/", reading.evidence, name="evidence"),
    path("about/", reading.about, name="about"),
    path("invite/<str:token>/", entrance.invite, name="invite"),
    path("leave/", entrance.leave, name="leave"),
]
