"""The catalogues hold every text, each translated, and the tool that keeps them says where not."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from ekbom import language
from unit.pseudo_language import translations

tool = translations()
PO = "de/LC_MESSAGES/django.po"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return a copy of the catalogues that is up to date."""
    shutil.copytree(language.FOLDER, tmp_path / "locale")
    tool.serve("de", tmp_path / "locale", check=False)
    return tmp_path / "locale"


def change(folder: Path, old: str, new: str) -> list[str]:
    """Return what a change by hand makes wrong."""
    before = tool.serve("de", folder, check=True)
    file = folder / PO
    text = file.read_text(encoding="utf-8")
    assert text.count(old) == 1
    file.write_text(text.replace(old, new), encoding="utf-8")
    return [fault for fault in tool.serve("de", folder, check=True) if fault not in before]


def test_every_text_is_in_the_german_catalogue_and_both_files_agree() -> None:
    assert tool.serve("de", language.FOLDER, check=True) == []


def test_an_update_of_what_is_up_to_date_changes_nothing(folder: Path) -> None:
    before = {p: p.read_bytes() for p in folder.rglob("django.*")}
    tool.serve("de", folder, check=False)
    assert {p: p.read_bytes() for p in folder.rglob("django.*")} == before


def test_a_text_without_a_translation_is_named(folder: Path) -> None:
    found = change(folder, 'msgstr "hilft"', 'msgstr ""')
    assert found == [
        "de: django.mo is out of date; run docs/translations.py",
        "de: not translated: helps",
    ]


def test_a_translation_that_somebody_doubts_is_named(folder: Path) -> None:
    found = change(folder, 'msgid "helps"', '#, fuzzy\nmsgid "helps"')
    assert "de: not sure: helps" in found


@pytest.mark.parametrize(
    "wrong", ["{mg:f} mg elementar", "mg elementar", "{mg:g} {x} mg elementar"]
)
def test_other_placeholders_than_the_english_are_named(folder: Path, wrong: str) -> None:
    found = change(folder, 'msgstr "{mg:g} mg elementar"', f'msgstr "{wrong}"')
    assert "de: other placeholders: {mg:g} mg elemental" in found


def test_the_singular_may_leave_out_its_number(folder: Path) -> None:
    found = change(folder, 'msgstr[0] "{n} Notfall"', 'msgstr[0] "ein Notfall"')
    assert found == ["de: django.mo is out of date; run docs/translations.py"]


def test_a_text_that_is_gone_is_dropped(folder: Path) -> None:
    gone = '\nmsgid "gone for good"\nmsgstr "für immer weg"\n\nmsgid "helps"'
    assert change(folder, 'msgid "helps"', gone.lstrip()) == [
        "de: django.po is out of date; run docs/translations.py"
    ]
    tool.serve("de", folder, check=False)
    assert "gone for good" not in (folder / PO).read_text(encoding="utf-8")


def test_a_new_language_begins_with_every_text_untranslated(folder: Path) -> None:
    found = tool.serve("fr", folder, check=False)
    assert len(found) == len(tool.texts())
    assert set(language.languages(folder)) == {"en", "de", "fr"}


def test_texts_come_from_code_tables_core_and_values() -> None:
    found = {(one.context, one.text) for one in tool.texts()}
    assert found >= {
        (None, "Best estimate"),
        (None, ("{n} emergency", "{n} emergencies")),
        (None, "higher is better"),
        (None, "the nights taught too little"),
        (None, "Every night"),
        (None, "Is one of your legs swollen, red or hot?"),
        (None, "no such test in the last 12 months"),
        (None, "loose stools"),
        (None, ("point", "points")),
        (None, "makes it worse"),
        (language.MADE, "if the onset were slower (about {0} nights)"),
        (language.MADE, "it says {0}"),
        (language.MADE, "the outcome does not vary"),
    }


def test_the_header_names_no_day_and_nobody(folder: Path) -> None:
    head = (folder / PO).read_text(encoding="utf-8").split("\n\n")[0]
    assert "@" not in head
    assert "Date" not in head
