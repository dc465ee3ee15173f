"""The addresses of this part of the application."""

from __future__ import annotations

from django.urls import path

from ekbom.web.pending import pending

urlpatterns = [
    path("tonight/", pending, name="tonight"),
    path("nights/", pending, name="nights"),
    path("nights/<night:night>/", pending, name="night"),
    path("nights/<night:night>/evening/", pending, name="evening"),
    path("nights/<night:night>/morning/", pending, name="morning"),
    path("nights/<night:night>/skip/<str:part>/", pending, name="skip"),
    path("nights/<night:night>/dose/", pending, name="dose_correct"),
]
