"""The application as Django knows it."""

from __future__ import annotations

from django.apps import AppConfig


class EkbomConfig(AppConfig):
    """Everything of the web room is one Django application."""

    name = "ekbom.web"
    label = "ekbom"
