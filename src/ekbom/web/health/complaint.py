"""Complaints in one's own words, what the plan says to them, and what is put on record."""

from __future__ import annotations

from django import forms
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from ekbom.language import say
from ekbom.protocol.doses import is_named
from ekbom.safety.tolerability import advise
from ekbom.safety.tolerability_course import add_advice, course_of
from ekbom.trial.folder import Trial
from ekbom.trial.happened import evening_of
from ekbom.web.access import Visit, for_trial
from ekbom.web.course.sending import done, is_taken, logged, posted, shown
from ekbom.web.health.advice import advice_card
from ekbom.web.health.stops import agreed_on
from ekbom.web.keyed import KeyedForm

_KINDS = (
    ("side effect", _("A side effect, or another complaint")),
    ("emergency", _("An emergency: a doctor, an ambulance or a hospital was needed")),
    ("deviation", _("Something went otherwise than planned, such as a capsule too many")),
)


WORSE, END = "worse", "end"
"""What a person can say in so many words; the end has a page of its own, which asks why."""


class ComplaintForm(KeyedForm):
    """What happened, in one's own words."""

    kind = forms.ChoiceField(
        label=_("What is it?"), choices=_KINDS, widget=forms.RadioSelect, required=True
    )
    note = forms.CharField(
        label=_("What happened? Your own words are enough."),
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 4}),
    )


class AgreedForm(KeyedForm):
    """The clinician who agreed that capsules are taken again."""

    name = forms.CharField(label=_("Who agreed? Write the name."), max_length=120)

    def clean_name(self) -> str:
        """Refuse what names nobody."""
        name: str = self.cleaned_data["name"]
        if not is_named(name):
            raise forms.ValidationError(say("Write the name of a person, such as Dr. Chen."))
        return name


class WordForm(KeyedForm):
    """What the person says in so many words, empty where the diary alone speaks."""

    word = forms.ChoiceField(choices=[(word, word) for word in ("", WORSE)], required=False)


@require_http_methods(["GET", "HEAD", "POST"])
@for_trial
def complaint(request: HttpRequest, visit: Visit) -> HttpResponse:
    """Write down a complaint; whom to ask is said in any case, and nothing is unblinded."""
    form = ComplaintForm(posted(request))
    if form.is_bound and is_taken(visit, form, lambda t: _told(t, visit, form)):
        if form.cleaned_data["kind"] == "deviation":
            return done(request, say("Written down."))
        text = (
            "Written down. If it worries you or does not pass, ask a doctor or a pharmacist. You "
            "may stop at any time."
        )
        return done(request, say(text))
    return shown(request, "ekbom/health/complaint.html", form=form)


@require_safe
@for_trial
def word(request: HttpRequest, visit: Visit, said: str) -> HttpResponse:
    """Show what the plan says when a person feels clearly worse."""
    if said == END:
        return redirect("stop")
    if said != WORSE:
        raise Http404
    course = course_of(trial=visit.trial, now=visit.now)
    advice = advise(course=course, words=[said])
    card = advice_card(advice, tonight=evening_of(visit.trial.clock, visit.now))
    return shown(
        request,
        "ekbom/health/word.html",
        card=card,
        word=said,
        record=bool(advice.record),
        keyed=WordForm(auto_id=False),
    )


@require_POST
@for_trial
def advice_record(request: HttpRequest, visit: Visit) -> HttpResponse:
    """Put on record what the plan says tonight; what is on record is not written twice."""
    if request.POST.get("word") == END:
        return redirect("stop")
    form = WordForm(request.POST)
    if is_taken(visit, form, lambda t: _advised(t, visit, form.cleaned_data["word"])):
        return done(request, say("Put on record."))
    return shown(request, "ekbom/nights/refused.html", form=form)


@require_http_methods(["GET", "HEAD", "POST"])
@for_trial
def agreed(request: HttpRequest, visit: Visit) -> HttpResponse:
    """Write down that a named clinician agreed that capsules are taken again."""
    form = AgreedForm(posted(request))
    if form.is_bound and is_taken(
        visit, form, lambda t: agreed_on(t, visit, form.cleaned_data["name"])
    ):
        return done(request, say("Written down. Look below at what your plan has for tonight."))
    return shown(request, "ekbom/health/agreed.html", form=form)


def _told(trial: Trial, visit: Visit, form: ComplaintForm) -> Trial:
    said = form.cleaned_data
    return logged(trial, visit, said["kind"], note=said["note"])


def _advised(trial: Trial, visit: Visit, said: str) -> Trial:
    course = course_of(trial=trial, now=visit.now)
    words = [said] if said else []
    return add_advice(trial, advice=advise(course=course, words=words), now=visit.now)
