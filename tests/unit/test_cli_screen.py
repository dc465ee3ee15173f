"""ekbom screen: in a terminal, from a file, on record, and when something changes."""

from __future__ import annotations

import functools
import json
import os
import pty
import select
import signal
import stat
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from ekbom.report.screening_words import form_lines
from ekbom.safety.answers import Answer
from ekbom.safety.questions import questions
from ekbom.safety.rescreening import changes
from ekbom.safety.screening import is_asked, screen
from ekbom.trial.folder import open_trial
from ekbom.trial.happened import last_of
from ekbom.trial.randomise import Screening, record_screening
from screenings import BY_RISK, TODAY, answers
from trials import FAST, START, at, contents, registered, shell, with_dose_fixed

NUMBER = (TODAY - START).days
NOW = at(NUMBER, "13:00")


def filled(path: Path, *more: str, **changed: object) -> Path:
    """Write an answers file of a healthy person, some answers changed, and return it."""
    text = "\n".join(form_lines(today=TODAY, answers=answers(**changed)))
    path.write_text("\n".join([text, *more]) + "\n", encoding="utf-8")
    return path


def agreement(question: str, by: str = "Dr. Chen", on: date = TODAY) -> str:
    return f'[[agreement]]\nquestion = "{question}"\nby = "{by}"\non = {on}'


def typed(given: Mapping[str, Answer]) -> str:
    """Return what a person types who gives these answers, one to each question asked."""
    asked = [name for name, question in questions().items() if is_asked(question, given)]
    return "".join(f"{given[name].value if name in given else ''}\n" for name in asked)


def words(text: str) -> str:
    return " ".join(text.split())


# ------------------------------------------------------------------------------ a file


def test_go_ends_with_0_and_says_so_first(tmp_path: Path) -> None:
    result = shell("screen", filled(tmp_path / "a.toml"), now=NOW)
    assert (result.exit_code, result.stderr) == (0, "")
    assert result.stdout.startswith("Go: none of your answers speaks against a trial.\n")
    assert "no dosing advice" in words(result.stdout)


@pytest.mark.parametrize(
    ("changed", "first"),
    [
        ({"stoma": "yes"}, "Stop: do not begin."),
        ({"iron_changed": TODAY}, "Postpone: do not begin yet. Not before 2026-05-15."),
        ({"surgery": "yes"}, "Postpone: do not begin yet."),
        ({"diagnosed": "no"}, "Clinician first: do not begin until a clinician has agreed."),
    ],
)
def test_everything_else_ends_with_3(
    tmp_path: Path, changed: dict[str, object], first: str
) -> None:
    result = shell("screen", filled(tmp_path / "a.toml", **changed), now=NOW)
    assert (result.exit_code, result.stdout.splitlines()[0]) == (3, first)


def test_each_reason_is_shown_with_its_rule_its_sources_and_where_they_were_read(
    tmp_path: Path,
) -> None:
    file = filled(tmp_path / "a.toml", slow_pulse="yes", ferritin=60)
    text = words(shell("screen", file, now=NOW).stdout)
    for reason in screen(answers=answers(slow_pulse="yes", ferritin=60), on=TODAY).reasons:
        assert f"{reason.result} ({reason.question.id}): {reason.rule.reason}" in text
        for source in reason.rule.sources:
            where = "read at the publisher" if source.read_at_publisher else "read on a copy"
            assert f"- {source.id}: {source.title} ({where})" in text
    assert "For your clinician: - Have your pulse and blood pressure taken. - Ask for" in text
    assert "once for each of: slow_pulse, ferritin" in text


def test_a_plain_stop_says_that_no_agreement_lifts_it(tmp_path: Path) -> None:
    text = words(shell("screen", filled(tmp_path / "a.toml", stoma="yes"), now=NOW).stdout)
    assert "No agreement lifts: stoma." in text
    assert "[[agreement]]" not in text


def test_a_warning_sign_comes_first_and_the_trial_can_wait(tmp_path: Path) -> None:
    file = filled(tmp_path / "a.toml", dark_thoughts="yes", leg_swollen="yes", stoma="yes")
    text = words(shell("screen", file, now=NOW).stdout)
    assert text.startswith("Get help now: - stop (dark_thoughts): Thoughts of ending your life")
    assert "[our own choice; not verified] Ask for help today: - stop (leg_swollen)" in text
    assert "Stop: do not begin. The trial can wait: get that help first. Also: - stop (sto" in text
    assert "[[agreement]]" not in text


def test_agreements_in_the_file_let_a_trial_begin(tmp_path: Path) -> None:
    file = filled(tmp_path / "a.toml", agreement("slow_pulse"), slow_pulse="yes")
    result = shell("screen", file, now=NOW)
    assert (result.exit_code, result.stdout.splitlines()[0]) == (
        0,
        "Clinician first, and agreed by Dr. Chen: a trial may begin.",
    )
    assert "Agreed by Dr. Chen on 2026-03-20." in words(result.stdout)


def test_open_questions_are_named(tmp_path: Path) -> None:
    file = tmp_path / "a.toml"
    file.write_text(f"answered = {TODAY}\nage = 52\n", encoding="utf-8")
    result = shell("screen", file, now=NOW)
    assert result.exit_code == 3
    assert "Some questions are still open: answer those first." in words(result.stdout)
    assert (
        f"{len(questions()) - 1} of the {len(questions())} questions have no answer and are "
        "counted as I don't know (clinician first at least)."
    ) in words(result.stdout)
    # Ids are for files; a person reads questions.
    assert not [name for name in questions() if "_" in name and name in result.stdout]


def test_faults_of_a_file_end_with_2_and_nothing_is_judged(tmp_path: Path) -> None:
    file = filled(tmp_path / "a.toml", "[[agreement]]", 'question = "stomach"')
    result = shell("screen", file, now=NOW)
    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr.count("\n") == 3
    assert "Did you mean stoma?" in result.stderr
    missing = shell("screen", tmp_path / "none.toml", now=NOW)
    assert missing.exit_code == 2


def test_json_says_the_same(tmp_path: Path) -> None:
    changed = {"slow_pulse": "yes", "medicines": "yes", "medicines_checked": "yes"}
    file = filled(tmp_path / "a.toml", agreement("slow_pulse"), **changed)
    result = shell("screen", file, "--json", now=NOW)
    record = json.loads(result.stdout)
    assert (result.exit_code, record["result"], record["may_begin"], record["agreed_by"]) == (
        0,
        "clinician first",
        True,
        "Dr. Chen",
    )
    assert [(r["question"], r["result"]) for r in record["reasons"]] == [
        ("slow_pulse", "clinician first"),
        ("medicines", "go"),
    ]
    assert record["reasons"][0]["agreed"] == {"by": "Dr. Chen", "on": "2026-03-20"}
    assert record["reasons"][0]["sources"] == ["S03", "S35", "S37"]


def test_the_form_is_a_blank_answers_file_with_every_question(tmp_path: Path) -> None:
    result = shell("screen", "--form", now=NOW)
    assert (result.exit_code, result.stdout) == (0, "\n".join(form_lines(today=TODAY)) + "\n")
    commented = words(result.stdout.replace("\n# ", " "))
    assert all(q.text in commented and q.scale in commented for q in questions().values())
    assert max(map(len, result.stdout.splitlines())) <= 80


# ------------------------------------------------------------------------------ one by one


def test_the_questions_are_asked_one_by_one_and_enter_skips(tmp_path: Path) -> None:
    result = shell("screen", now=NOW, answer=typed(answers()))
    assert result.exit_code == 0
    assert "Go: none of your answers speaks against a trial." in result.stdout
    asked = [q for q in questions().values() if is_asked(q, answers())]
    assert [q.id for q in questions().values() if q not in asked] == ["medicines_checked"]
    assert all(words(q.text) in words(result.stdout) for q in asked)
    skipped = {name: a for name, a in answers().items() if name != "stoma"}
    result = shell("screen", now=NOW, answer=typed(skipped))
    assert result.exit_code == 3
    assert f"(clinician first at least): - {questions()['stoma'].text}" in words(result.stdout)


def test_what_cannot_be_an_answer_is_asked_again() -> None:
    result = shell("screen", now=NOW, answer="maybe\n" + typed(answers()))
    assert result.exit_code == 0
    assert result.stdout.count("That cannot be an answer. It takes: yes, no or unknown.") == 1


def test_an_urgent_answer_shows_what_to_do_at_once_before_the_next_question() -> None:
    result = shell("screen", now=NOW, answer=typed(answers(dark_thoughts="yes")))
    text = words(result.stdout)
    assert text.index("Get help now: Thoughts of ending your life") < text.index("How old are you")


def test_each_question_says_its_number() -> None:
    text = shell("screen", now=NOW, answer="no\nno\n").stdout
    assert f"Question 3 of {len(questions())}\nDo your legs hurt when you walk" in text


def test_b_goes_back_one_question_and_enter_keeps_what_was_answered(tmp_path: Path) -> None:
    file = tmp_path / "mine.toml"
    rest = typed(answers()).splitlines(keepends=True)[3:]
    given = "b\nno\nyes\nb\nno\nb\nb\n\n\nyes\n"
    result = shell("screen", "--save", file, now=NOW, answer=given + "".join(rest))
    assert "This is the first question." in result.stdout
    assert "Your answer so far: yes. Enter alone keeps it." in result.stdout
    saved = file.read_text(encoding="utf-8")
    assert 'leg_swollen = "no"\n' in saved
    assert 'nerve_signs = "no"\n' in saved
    assert 'walking_pain = "yes"\n' in saved
    assert result.stdout.count("Question 2 of") == 4


def test_going_back_over_a_question_that_is_not_asked(tmp_path: Path) -> None:
    lines = typed(answers()).splitlines(keepends=True)
    at_surgery = list(questions()).index("surgery") - 1  # one of them was not asked
    given = [*lines[:at_surgery], "b\n", "yes\n", "b\n", "yes\n", "no\n", *lines[at_surgery:]]
    result = shell("screen", "--json", now=NOW, answer="".join(given))
    found = {r["question"]: r["result"] for r in json.loads(result.stdout)["reasons"]}
    assert found == {"medicines_checked": "clinician first", "medicines": "go"}


def test_the_check_of_medicines_is_asked_only_where_there_are_some() -> None:
    asked = questions()["medicines_checked"].text
    assert asked not in words(shell("screen", now=NOW, answer=typed(answers())).stdout)
    for value in ("yes", "unknown"):
        given = answers(medicines=value)
        assert asked in words(shell("screen", now=NOW, answer=typed(given)).stdout)


def test_who_stops_with_save_finds_what_was_answered_in_the_file(tmp_path: Path) -> None:
    file = tmp_path / "a.toml"
    result = shell("screen", "--save", file, now=NOW, answer="no\nunknown\n")
    assert result.exit_code == 3
    said = words(result.stderr).replace(" ", "")
    assert f"Stopped.Whatyouhaveansweredsofarisin{file}." in said
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    again = json.loads(shell("screen", file, "--json", now=NOW).stdout)
    assert len(again["unanswered"]) == len(questions()) - 2


def test_where_nothing_can_be_saved_nothing_is_asked(tmp_path: Path) -> None:
    result = shell("screen", "--save", tmp_path / "none" / "a.toml", now=NOW)
    assert (result.exit_code, result.stdout) == (2, "")


def test_who_stops_hears_that_nothing_was_saved(tmp_path: Path) -> None:
    assert shell("screen", "--save", tmp_path / "a.toml", now=NOW).exit_code == 3
    result = shell("screen", now=NOW, answer="no\nno\n")
    assert result.exit_code == 3
    assert words(result.stderr) == (
        "Stopped. Nothing was saved, and nothing else has changed. You can answer in a file "
        "instead, at your own pace: ekbom screen --form > answers.toml"
    )
    assert list(tmp_path.iterdir()) == []


def _terminal(*arguments: str) -> tuple[subprocess.Popen[bytes], int]:
    """Start ekbom in a terminal of its own and return it with the terminal's other end."""
    ours, theirs = pty.openpty()
    code = "from ekbom.cli import main; main()"
    process = subprocess.Popen(
        [sys.executable, "-c", code, *arguments],
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        start_new_session=True,
    )
    os.close(theirs)
    return process, ours


def _read_until(end: int, wanted: str, again: Callable[[], object] = lambda: None) -> str:
    """Read until something is said; after each second of silence do ``again`` what asks for it."""
    text, stop = "", time.monotonic() + 30
    while wanted not in text and time.monotonic() < stop:
        if not select.select([end], [], [], 1)[0]:
            again()
            continue
        try:
            text += os.read(end, 65536).decode()
        except OSError:  # the other side of a terminal was closed
            break
    assert wanted in text
    return text


def test_in_a_real_terminal_ctrl_c_loses_nothing_and_says_so() -> None:
    process, end = _terminal("screen")
    try:
        _read_until(end, "Answer: ")
        os.write(end, b"no\r")
        _read_until(end, "saddle")
        # One that comes just before Python begins to read is seen at the next key or signal.
        process.send_signal(signal.SIGINT)
        interrupt = functools.partial(process.send_signal, signal.SIGINT)
        text = words(_read_until(end, "answers.toml", interrupt))
        assert "Stopped. Nothing was saved" in text
        assert "Traceback" not in text
        assert process.wait(timeout=30) == 3
    finally:
        process.kill()
        process.wait()
        os.close(end)


def test_answers_can_be_saved_for_the_person_alone_and_read_again(tmp_path: Path) -> None:
    file = tmp_path / "mine.toml"
    given = typed(answers(stoma="unknown"))
    asked = shell("screen", "--save", file, now=NOW, answer=given)
    assert (asked.exit_code, asked.stderr) == (3, f"Your answers are in {file}.\n")
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    again = shell("screen", file, now=NOW)
    assert again.stdout.splitlines() == asked.stdout.splitlines()[-len(again.stdout.splitlines()) :]
    before = file.read_bytes()
    refused = shell("screen", "--save", file, now=NOW, answer=given)
    assert refused.exit_code == 2
    assert "exists already" in refused.stderr
    assert file.read_bytes() == before


def test_with_json_the_questions_go_to_stderr() -> None:
    result = shell("screen", "--json", now=NOW, answer=typed(answers()))
    assert json.loads(result.stdout)["result"] == "go"
    assert "Is one of your legs swollen, red or hot?" in result.stderr


# ------------------------------------------------------------------------------ on record


def test_the_record_holds_the_result_and_rules_and_never_an_answer(tmp_path: Path) -> None:
    path = registered(tmp_path / "t", FAST).path
    file = filled(tmp_path / "a.toml", dark_thoughts="yes", ferritin=41.5)
    result = shell("screen", file, "--record", path, now=NOW)
    assert result.exit_code == 3
    assert "On record: the result and the names of the rules" in result.stderr
    event = last_of(open_trial(path, now=NOW).events, "screening")
    assert event is not None
    assert event.detail == {
        "by": "ekbom's safety questions, answered by the person",
        "on": "2026-03-20",
        "result": "stop",
        "rules": "warning_sign, ferritin",
    }
    assert shell("check", path, now=NOW).exit_code == 0
    assert b"41.5" not in (path / "events.csv").read_bytes()


def test_the_day_on_record_is_that_of_the_answers(tmp_path: Path) -> None:
    path = registered(tmp_path / "t", FAST).path
    file = filled(tmp_path / "a.toml")
    shell("screen", file, "--record", path, "--by", "Ben", now=at(NUMBER + 3, "13:00"))
    event = last_of(open_trial(path, now=at(NUMBER + 3, "13:00")).events, "screening")
    assert event is not None
    assert event.detail == {"by": "Ben", "on": "2026-03-20", "result": "go"}


def randomise(path: Path, number: int = 29, *more: str) -> tuple[int, str]:
    result = shell("randomise", path, *more, now=at(number, "13:00"))
    return result.exit_code, words(result.stderr)


def test_ana_screens_herself_and_the_order_is_drawn(tmp_path: Path) -> None:
    path = with_dose_fixed(tmp_path / "t").path
    now = at(29, "13:00")
    assert randomise(path)[0] == 3
    assert f"ekbom screen --record {path}" in randomise(path)[1]
    file = filled(tmp_path / "a.toml", slow_pulse="yes")
    assert shell("screen", file, "--record", path, now=now).exit_code == 3
    assert randomise(path) == (
        3,
        "The result of the screening was: stop. The order is not drawn.",
    )
    with file.open("a", encoding="utf-8") as opened:
        opened.write(agreement("slow_pulse", on=date(2026, 3, 31)) + "\n")
    assert shell("screen", file, "--record", path, now=now).exit_code == 0
    assert randomise(path)[0] == 0
    kinds = [e.kind for e in open_trial(path, now=now).events]
    assert kinds[-3:] == ["screening", "screening", "randomised"]


def test_clinician_first_without_agreement_says_how_to_record_one(tmp_path: Path) -> None:
    path = with_dose_fixed(tmp_path / "t").path
    file = filled(tmp_path / "a.toml", diagnosed="no")
    shell("screen", file, "--record", path, now=at(29, "13:00"))
    status, said = randomise(path)
    assert status == 3
    assert said == (
        "The result of the screening of 2026-03-20 was: clinician first. When a clinician has "
        "agreed, write that into your answers file as [[agreement]] and run: ekbom screen "
        f"ANSWERS.toml --record {path}"
    )


def test_an_agreement_to_a_part_is_none_on_record(tmp_path: Path) -> None:
    path = registered(tmp_path / "t", FAST).path
    file = filled(tmp_path / "a.toml", agreement("diagnosed"), diagnosed="no", tsat=3)
    shell("screen", file, "--record", path, now=NOW)
    event = last_of(open_trial(path, now=NOW).events, "screening")
    assert event is not None
    assert "agreed_by" not in event.detail


def test_a_later_stop_on_record_is_not_passed_by_with_an_older_screening(tmp_path: Path) -> None:
    path = with_dose_fixed(tmp_path / "t").path
    file = filled(tmp_path / "a.toml", stoma="yes")
    shell("screen", file, "--record", path, now=at(29, "13:00"))
    before = contents(path)
    assert randomise(path, 29, "--screened-by", "Dr. Chen", "--date", "2026-03-19") == (
        3,
        "The screening of 2026-03-19 is older than the one on record, of 2026-03-20. The latest "
        "counts: screen again if something has changed.",
    )
    assert contents(path) == before
    assert randomise(path, 29, "--screened-by", "Dr. Chen", "--date", "2026-03-20")[0] == 3
    assert contents(path) == before


def test_older_answers_do_not_take_the_place_of_later_ones_on_record(tmp_path: Path) -> None:
    path = registered(tmp_path / "t", FAST).path
    later = at(NUMBER + 1, "13:00")
    shell("screen", "--record", path, now=later, answer=typed(answers(stoma="yes")))
    before = contents(path)
    result = shell("screen", filled(tmp_path / "a.toml"), "--record", path, now=later)
    assert result.exit_code == 3
    assert "is older than the one on record, of 2026-03-21" in words(result.stderr)
    assert contents(path) == before


def test_answers_older_than_28_days_do_not_let_the_order_be_drawn(tmp_path: Path) -> None:
    path = with_dose_fixed(tmp_path / "t").path
    now = at(NUMBER + 29, "13:00")
    result = shell("screen", filled(tmp_path / "a.toml"), "--record", path, now=now)
    assert result.exit_code == 3
    assert words(result.stdout).startswith(
        "Answer again: these answers are 29 days old, of 2026-03-20, and count for 28. Go through"
    )
    event = last_of(open_trial(path, now=now).events, "screening")
    assert event is not None
    assert (event.detail["result"], event.detail["rules"]) == ("postpone", "old_answers")
    shell("log", path, "--event", "pause", "first=2026-04-13", now=now)
    assert randomise(path, NUMBER + 29) == (
        3,
        "The result of the screening was: postpone. The order is not drawn.",
    )


def test_a_go_on_record_is_too_old_after_28_days(tmp_path: Path) -> None:
    path = with_dose_fixed(tmp_path / "t").path
    file, now = filled(tmp_path / "a.toml"), at(NUMBER + 28, "13:00")
    assert shell("screen", file, "--record", path, now=now).exit_code == 0
    shell("log", path, "--event", "pause", "first=2026-04-13", now=now)
    status, said = randomise(path, NUMBER + 29)
    assert (status, said.partition(";")[0]) == (3, "The screening of 2026-03-20 is 29 days old")


def test_how_long_answers_count_is_the_protocols_where_there_is_one(tmp_path: Path) -> None:
    path = registered(tmp_path / "t", replace(FAST, screening_days=7)).path
    file, now = filled(tmp_path / "a.toml"), at(NUMBER + 8, "13:00")
    assert shell("screen", file, now=now).exit_code == 0
    result = shell("screen", file, "--record", path, now=now)
    assert result.exit_code == 3
    assert "are 8 days old, of 2026-03-20, and count for 7." in words(result.stdout)


def test_old_answers_with_a_stop_say_both_and_json_says_how_old(tmp_path: Path) -> None:
    file, now = filled(tmp_path / "a.toml", stoma="yes"), at(NUMBER + 40, "13:00")
    text = words(shell("screen", file, now=now).stdout)
    assert text.startswith("Answer again: these answers are 40 days old")
    assert "They said: stop." in text
    record = json.loads(shell("screen", file, "--json", now=now).stdout)
    assert (record["result"], record["may_begin"]) == ("stop", False)
    assert (record["days_old"], record["too_old"]) == (40, True)


def test_no_line_is_longer_than_80_signs(tmp_path: Path) -> None:
    given = {name: values[-1] for name, values in BY_RISK.items()}
    file = filled(tmp_path / "a.toml", **given)
    for arguments in (["--form"], [file], [file, "--change", "antibiotic"], []):
        text = shell("screen", *arguments, now=NOW, answer=typed(answers())).stdout
        too_long = [line for line in text.splitlines() if len(line) > 80]
        # An address is not broken.
        assert [line for line in too_long if not line.strip().startswith("http")] == []


def test_a_folder_that_is_no_trial_gets_no_record(tmp_path: Path) -> None:
    file = filled(tmp_path / "a.toml")
    result = shell("screen", file, "--record", tmp_path / "none", now=NOW)
    assert result.exit_code == 2
    assert not (tmp_path / "none").exists()


def test_a_screening_of_tomorrow_gets_no_record(tmp_path: Path) -> None:
    from ekbom.problem import RefusedError

    path = registered(tmp_path / "t", FAST).path
    before = contents(path)
    with pytest.raises(RefusedError, match="which is not past"):
        record_screening(path=path, screening=Screening("Dr. Chen", date(2026, 3, 21)), now=NOW)
    assert contents(path) == before


# ------------------------------------------------------------------------------ a change


@pytest.mark.parametrize(
    ("more", "status", "first"),
    [
        (["medicine"], 3, "Clinician first: no capsules until a clinician has agreed."),
        (["medicine", "--agreed-by", "Dr. Chen"], 0, "Go on: capsules as planned."),
        (["antibiotic"], 3, "Pause: no capsules for now."),
        (
            ["antibiotic", "--last", "2026-03-27"],
            3,
            "Pause: no capsules until 2026-03-28. On that evening they may go on.",
        ),
        (["antibiotic", "--last", "2026-04-03"], 3, "End: no more capsules, and the trial ends."),
        (["antibiotic", "--last", "2026-04-03", "--harmless"], 0, "Go on: capsules as planned."),
        (["blood-result", "--answer", "egfr=82"], 0, "Go on: capsules as planned."),
        (["blood-result", "--answer", "egfr=29"], 3, "End: no more capsules, and the trial ends."),
        (["surgery"], 3, "Pause: no capsules for now."),
        (["pregnancy"], 3, "End: no more capsules, and the trial ends."),
    ],
)
def test_a_change_says_what_becomes_of_the_next_capsule(
    more: list[str], status: int, first: str
) -> None:
    result = shell("screen", "--change", *more, now=NOW)
    assert (result.exit_code, result.stderr) == (status, "")
    assert result.stdout.startswith(first)


def test_a_change_is_judged_with_the_answers_of_the_screening(tmp_path: Path) -> None:
    file = filled(tmp_path / "a.toml", age=70)
    more = ["--change", "blood-result", "--answer", "egfr=none", "--json"]
    assert shell("screen", *more, now=NOW).exit_code == 3
    record = json.loads(shell("screen", file, *more, now=NOW).stdout)
    assert (record["decision"], record["nights"]) == ("clinician first", "as allocated")
    assert [c["about"] for c in record["consequences"]] == ["egfr", "blood-result"]


def test_during_an_antibiotic_the_nights_are_not_to_be_paused() -> None:
    text = words(shell("screen", "--change", "antibiotic", now=NOW).stdout)
    assert "so do not log a pause. Write down each evening without capsules" in text
    moved = words(shell("screen", "--change", "surgery", now=NOW).stdout)
    assert "ekbom log DIR --event pause first=2026-03-20" in moved


def test_the_help_names_every_kind_of_change_and_the_exit_status() -> None:
    text = words(shell("screen", "--help", now=NOW).stdout)
    assert all(kind in text.replace("- ", "-") for kind in changes())
    assert "Ends with status 0" in text
    assert "3 for everything else" in text


@pytest.mark.parametrize(
    ("arguments", "error"),
    [
        (["--form", "--json"], "--form stands alone."),
        (["--answer", "egfr=3"], "go with --change only"),
        (["--by", "Ben"], "--by goes with --record only."),
        (["--change", "party"], "--change 'party' is not known. It knows: medicine,"),
        (["--change", "surgery", "--last", "2026-03-21"], "go with --change antibiotic only."),
        (["--change", "antibiotic", "--last", "2026-03-19"], "--last 2026-03-19 is before"),
        (["--change", "surgery", "--save", "x"], "--record and --save do not go with --change."),
        (["--change", "diagnosis", "--answer", "egfr"], "write it as QUESTION=ANSWER"),
        (["--change", "diagnosis", "--answer", "egfr=many"], "egfr: 'many' cannot be an answer."),
        (["--change", "diagnosis", "--answer", "kidney=yes"], "there is no question 'kidney'"),
    ],
)
def test_slips_in_the_shell_are_told(arguments: list[str], error: str) -> None:
    result = shell("screen", *arguments, now=NOW)
    assert (result.exit_code, result.stdout) == (2, "")
    assert error in words(result.stderr.replace("│", " "))


def test_a_file_and_save_do_not_go_together(tmp_path: Path) -> None:
    file = filled(tmp_path / "a.toml")
    result = shell("screen", file, "--save", tmp_path / "b.toml", now=NOW)
    assert result.exit_code == 2
    assert not (tmp_path / "b.toml").exists()


def test_a_question_answered_twice_for_a_change_is_refused() -> None:
    twice = ("--answer", "egfr=45", "--answer", "egfr=90")
    done = shell("screen", "--change", "blood-result", *twice, now=NOW)
    assert done.exit_code == 2
    assert "egfr is given twice" in done.output
