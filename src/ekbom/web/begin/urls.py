"""The addresses of this part of the application."""

from __future__ import annotations

from django.urls import path

from ekbom.web.begin.agree import agree
from ekbom.web.begin.chances import chances
from ekbom.web.begin.diary import diary
from ekbom.web.begin.medicines import medicines
from ekbom.web.begin.plan import differences, plan
from ekbom.web.begin.product import product
from ekbom.web.begin.safety import doctor, result, safety, section_page
from ekbom.web.begin.welcome import start, welcome

urlpatterns = [
    path("", start, name="start"),
    path("welcome/", welcome, name="welcome"),
    path("begin/safety/", safety, name="begin_safety"),
    path("begin/safety/<int:part>/", section_page, name="begin_questions"),
    path("begin/safety/result/", result, name="begin_result"),
    path("begin/safety/doctor/", doctor, name="begin_doctor"),
    path("begin/medicines/", medicines, name="begin_medicines"),
    path("begin/product/", product, name="begin_product"),
    path("begin/plan/", plan, name="begin_plan"),
    path("begin/plan/differences/", differences, name="begin_differences"),
    path("begin/plan/chances/", chances, name="begin_chances"),
    path("begin/agree/", agree, name="begin_agree"),
    path("begin/diary/", diary, name="begin_diary"),
]
