"""The addresses of this part of the application."""

from __future__ import annotations

from django.urls import path

from ekbom.web.nights.dose import dose_correct
from ekbom.web.nights.evening import evening, since
from ekbom.web.nights.lists import night, nights
from ekbom.web.nights.morning import morning, skip, withdraw
from ekbom.web.nights.tonight import tonight

urlpatterns = [
    path("tonight/", tonight, name="tonight"),
    path("nights/", nights, name="nights"),
    path("nights/<night:night>/", night, name="night"),
    path("nights/<night:night>/evening/", evening, name="evening"),
    path("nights/<night:night>/since/", since, name="since"),
    path("nights/<night:night>/morning/", morning, name="morning"),
    path("nights/<night:night>/withdraw/", withdraw, name="withdraw"),
    path("nights/<night:night>/skip/<str:part>/", skip, name="skip"),
    path("nights/<night:night>/dose/", dose_correct, name="dose_correct"),
]
