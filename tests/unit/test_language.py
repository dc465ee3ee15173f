"""Every text reaches its reader in the reader's language, whole, with the language's own marks."""

from __future__ import annotations

import asyncio
from datetime import date
from pathlib import Path
from threading import Thread

import pytest

from ekbom.analysis.decision import HELPS
from ekbom.analysis.result import Check
from ekbom.guide.tonight import tonight
from ekbom.language import date_text, figure, language_now, languages, retell, say, say_n, speaking
from ekbom.problem import Problem, RefusedError
from ekbom.protocol.doses import Label
from ekbom.report.change_words import change_record
from ekbom.report.dose_words import dose_record
from ekbom.report.lines import problem_words
from ekbom.report.measures import day_words
from ekbom.report.record import verdict_record
from ekbom.report.screening_words import (
    screening_record,
)
from ekbom.report.tolerability_words import (
    advice_record,
)
from ekbom.report.tonight_words import tonight_record
from ekbom.report.words import check_words, sentence
from ekbom.safety.answers import Answer
from ekbom.safety.dose_plan import plan_dose
from ekbom.safety.rescreening import Change, rescreen
from ekbom.safety.screening import screen
from ekbom.safety.tolerability import advise
from ekbom.safety.tolerability_rules import signs
from ekbom.trial.folder import open_trial
from ekbom.trial.log import log_event
from screenings import BY_RISK, TODAY, answers
from trials import at, drawn_magnesium, with_dose_fixed
from unit import verdict_samples as samples
from unit.pseudo_language import CODE, write_brackets


def test_ana_reads_german_with_german_marks() -> None:
    with speaking("de-AT"):
        assert language_now() == "de"
        assert say("no worthwhile difference") == "kein lohnender Unterschied"
        assert say("{mg:g} mg elemental", mg=12.5) == "12,5 mg elementar"
        assert figure(32768.25, ",.2f") == "32.768,25"
        assert date_text(date(2026, 3, 1)) == "01.03.2026"
        assert day_words(date(2026, 3, 1)) == "Sonntag, 01.03.2026"
        assert [say_n("point", "points", n) for n in (1, 2)] == ["Punkt", "Punkte"]
        assert retell("if the onset were slower (about 2.5 nights)") == (
            "wenn die Wirkung langsamer einsetzte (etwa 2,5 Nächte)"
        )
        assert retell("but not if: it says helps") == "aber nicht, wenn: Dort heißt es „hilft“"
    assert (language_now(), date_text(date(2026, 3, 1))) == ("en", "2026-03-01")


def test_the_verdict_in_german() -> None:
    verdict = samples.with_primary(samples.relief(), verdict=HELPS, but_not=())
    with speaking("de"):
        said = sentence(verdict, samples.primary(verdict))
    head, _, rest = said.partition(" Stärkster Bewegungsdrang: ")
    assert head == (
        "Magnesiumcitrat hilft (dabei: 1-mal Aussetzen wegen Nebenwirkungen). "
        "Der Versuch war offen, also kann Erwartung ein Teil davon sein."
    )
    assert rest == (
        "1,8 Punkte niedriger mit Magnesiumcitrat als mit Placebo (95-%-Intervall von 2,7 Punkte "
        "niedriger bis 0,8 Punkte niedriger; Wahrscheinlichkeit eines Nutzens von mehr als 1,0 "
        "Punkte: 94 %, eines ebenso großen Schadens: unter 1 %), bei dieser Dosis, nach "
        "Abschnitten von 7 Nächten."
    )


def test_what_the_core_refuses_is_retold_by_its_most_telling_pattern(tmp_path: Path) -> None:
    trial = with_dose_fixed(tmp_path / "t")
    with pytest.raises(RefusedError) as refused:
        log_event(path=trial.path, now=at(30), kind="resume", detail={"first": "2026-03-10"})
    problem = Problem("trial.toml", 3, "zone 'Mars' is not a time zone", "Use one: Europe/Berlin")
    with speaking("de"):
        assert retell(str(refused.value)) == "Es gibt keine Pause, aus der es weitergehen könnte."
        assert problem_words(problem) == (
            "trial.toml, Zeile 3: die Zone 'Mars' ist keine Zeitzone. Nehmen Sie eine: "
            "Europe/Berlin."
        )
    assert problem_words(problem) == str(problem)


def test_a_text_that_no_catalogue_has_is_said_in_english() -> None:
    with speaking("de"):
        assert say("My own question {x}", x=1.5) == "My own question 1,5"
        assert (say(""), retell(""), retell("My own reason {x}")) == ("", "", "My own reason {x}")
    with speaking("tlh"):
        assert (language_now(), say("helps")) == ("en", "helps")


def test_languages_are_english_and_what_has_a_catalogue(tmp_path: Path) -> None:
    write_brackets(tmp_path)
    assert languages() == ("en", "de")
    assert languages(tmp_path) == ("en", CODE)


def test_two_readers_at_once_each_have_their_own_language() -> None:
    heard = []

    def read() -> None:
        heard.append(say("helps"))

    with speaking("de"):
        thread = Thread(target=read)
        thread.start()
        thread.join()
        heard.append(say("helps"))

    async def reads(language: str) -> str:
        with speaking(language):
            await asyncio.sleep(0)
            return say("helps")

    async def both() -> list[str]:
        return list(await asyncio.gather(reads("de"), reads("en"), reads("de")))

    assert heard == ["helps", "hilft"]
    assert asyncio.run(both()) == ["hilft", "helps", "hilft"]


def test_records_for_programs_are_english_whoever_reads(tmp_path: Path) -> None:
    verdict = samples.relief()
    worst = screen(answers={n: Answer(v[-1], TODAY) for n, v in BY_RISK.items()}, on=TODAY)
    changed = rescreen(answers=answers(), change=Change(kind="surgery", on=TODAY), on=TODAY)
    advice = advise(reported=tuple(signs()))
    plan = plan_dose(
        label=Label(20, "elemental", "citrate"),
        unit="capsule",
        target_mg=200,
        region="EU",
        today=TODAY,
    )
    trial = drawn_magnesium(tmp_path / "t")
    now = at(30, "20:00")
    evening = tonight(trial=open_trial(trial.path, now=now), now=now)

    def records() -> list[object]:
        return [
            verdict_record(verdict),
            screening_record(worst),
            change_record(changed),
            advice_record(advice),
            dose_record(plan),
            tonight_record(evening),
        ]

    english = records()
    with speaking("de"):
        assert records() == english


@pytest.mark.parametrize("check", ["sensitivity_log_minutes", "sensitivity_first_3_unanalysed"])
def test_a_sensitivity_is_named_in_german(check: str) -> None:
    with speaking("de"):
        said = check_words(Check(check, 0.5, 0.9, True, "none"))
    assert said.startswith("Wahrscheinlichkeit irgendeines Nutzens, ")
