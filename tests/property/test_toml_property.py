"""What is written as TOML reads back the same."""

import string
import tomllib
from datetime import date
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from ekbom.protocol.files import built_in, content_hash, protocol_from, resolved, toml_text

texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=30)
nasty = st.sampled_from(
    ['"', "'''", '"""', "\\", "\n", "\r\n", "\t", "\x00", "\x7f", "\x85", "é😀"]
)
scalars = (
    texts
    | st.lists(nasty, max_size=4).map("".join)
    | st.booleans()
    | st.integers(-(2**63), 2**63 - 1)
    | st.floats(allow_nan=False)
    | st.dates(date(1, 1, 1))
)
keys = st.text(string.ascii_letters + string.digits + "-_", min_size=1, max_size=8) | texts
lists = st.lists(scalars | st.lists(scalars, max_size=2), max_size=3)


def _tables(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    table = st.dictionaries(keys, inner, max_size=4)
    return table | st.lists(table, min_size=1, max_size=3)


values = st.recursive(scalars | lists, _tables, max_leaves=12)


@given(tables=st.dictionaries(keys, values, max_size=5))
def test_toml_reads_back_as_it_was_written(tables: dict[str, Any]) -> None:
    assert tomllib.loads(toml_text(tables)) == tables


@given(title=texts.filter(bool), summary=texts, note=texts)
def test_a_protocol_with_any_text_reads_back_and_keeps_its_hash(
    title: str, summary: str, note: str
) -> None:
    tables = {**resolved(built_in("magnesium-rls-fast")), "title": title, "summary": summary}
    tables["outcomes"] = [{**o, "mid_note": note} for o in tables["outcomes"]]
    protocol = protocol_from(tables, file="x")
    again = protocol_from(tomllib.loads(toml_text(resolved(protocol))), file="x")
    assert again == protocol
    assert content_hash(again) == content_hash(protocol)
