"""ekbom protocol: list, show, check, schema."""

import json
import tomllib
from pathlib import Path

import pytest

from ekbom.protocol.files import (
    BUILT_IN,
    built_in,
    content_hash,
    json_schema,
    resolved,
    toml_text,
)
from trials import at, plain_protocol, shell

NOW = at(0)


def test_list_names_the_built_in_protocols() -> None:
    lines = shell("protocol", "list", now=NOW).stdout.splitlines()
    assert [line.split()[0] for line in lines] == list(BUILT_IN)


def test_show_tells_of_three_pairs_that_they_are_too_few_and_what_would_do() -> None:
    text = shell("protocol", "show", "magnesium-rls", now=NOW).stdout
    assert (
        "Chance draws one of 8 orders. Smallest p this design can reach: 0.25 two-sided, 0.125 "
        "one-sided.\n"
        "The randomisation test alone can never reach 5 % here (two-sided 0.25). 6 randomised "
        "pairs would (0.0312 two-sided, 0.0156 one-sided); 5 pairs would reach 0.0312 one-sided.\n"
    ) in text


def test_show_prints_the_smallest_p_of_the_fast_protocol_without_a_warning() -> None:
    text = shell("protocol", "show", "magnesium-rls-fast", now=NOW).stdout
    assert "Smallest p this design can reach: 0.0312 two-sided, 0.0156 one-sided.\n" in text
    assert "can never reach" not in text
    assert "cannot rule out a slow one" in text.replace("\n", " ")


def test_show_has_every_outcome_with_its_mid_and_where_it_comes_from() -> None:
    text = shell("protocol", "show", "magnesium-rls", now=NOW).stdout
    note = "[our choice; no verified source for one person]"
    assert f"  urge: primary, every night, 0 to 10 points, lower is better, MID 1 {note}\n" in text
    assert "MID 3 (shown also at 9) [our choice; no verified source for one person;" in text
    assert "Limit: 250 mg elemental a day from all supplements (region: unknown)\n" in text
    assert f"hash {content_hash(built_in('magnesium-rls'))}\n" in text


def test_show_writes_toml_and_json_of_the_whole_protocol() -> None:
    whole = resolved(built_in("magnesium-rls"))
    toml = shell("protocol", "show", "magnesium-rls", "--toml", now=NOW).stdout
    assert toml == toml_text(whole)
    record = json.loads(shell("protocol", "show", "magnesium-rls", "--json", now=NOW).stdout)
    assert record == {"hash": content_hash(built_in("magnesium-rls")), "protocol": whole}


def test_a_protocol_that_was_not_drawn_says_so(tmp_path: Path) -> None:
    from ekbom.protocol.model import DesignPlan

    design = DesignPlan(kind="fixed", order=("tea", "water"), period_nights=3)
    file = tmp_path / "fixed.toml"
    file.write_text(toml_text(resolved(plain_protocol(randomised=False, design=design))))
    text = shell("protocol", "show", file, now=NOW).stdout
    assert "The order was not drawn by chance: there is no randomisation test.\n" in text


def test_check_says_that_a_file_is_in_order(tmp_path: Path) -> None:
    file = tmp_path / "mine.toml"
    file.write_text(toml_text(resolved(plain_protocol())), encoding="utf-8")
    result = shell("protocol", "check", file, now=NOW)
    assert (result.exit_code, result.stdout) == (
        0,
        f"{file} is in order. Its hash is {content_hash(plain_protocol())}.\n",
    )


def test_check_reads_a_file_even_where_its_name_is_built_in(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("magnesium-rls").write_text("nonsense", encoding="utf-8")
    result = shell("protocol", "check", "magnesium-rls", now=NOW)
    assert result.exit_code == 2
    assert result.stderr.startswith("magnesium-rls: it is not TOML: ")


def test_check_tells_every_fault_at_once(tmp_path: Path) -> None:
    file = tmp_path / "mine.toml"
    text = toml_text(resolved(plain_protocol())).replace("mid = 1.0", "mid = 10.0")
    file.write_text(text.replace("\npairs = 4", "\npairs = 4\nmax_run = 2"), encoding="utf-8")
    result = shell("protocol", "check", file, now=NOW)
    assert (result.exit_code, result.stderr) == (
        2,
        "mine.toml: outcomes.urge: the MID is as large as the whole scale. Choose a smaller MID.\n"
        "mine.toml: design: kind 'pairs' has no use for max_run. Remove max_run.\n",
    )


def test_a_name_that_is_neither_built_in_nor_a_file_is_told() -> None:
    result = shell("protocol", "show", "magnesum", now=NOW)
    assert result.exit_code == 2
    assert (
        "there is no protocol or file 'magnesum'; built in are: magnesium-rls, magnesium-rls-fast"
    ) in result.stderr


def test_schema_is_the_json_schema() -> None:
    assert json.loads(shell("protocol", "schema", now=NOW).stdout) == json_schema()


def test_a_shown_protocol_can_be_registered_again(tmp_path: Path) -> None:
    toml = shell("protocol", "show", "magnesium-rls", "--toml", now=NOW).stdout
    file = tmp_path / "mine.toml"
    file.write_text(toml, encoding="utf-8")
    result = shell(
        "new", tmp_path / "t", "--protocol", file, "--zone", "UTC", "--confirm-mid", now=NOW
    )
    assert result.exit_code == 0, result.output
    kept = tomllib.loads((tmp_path / "t/trial.toml").read_text(encoding="utf-8"))["protocol"]
    assert kept == tomllib.loads(toml)
