"""Reading a CSV file: every fault with its line, nothing dropped silently."""

from datetime import UTC, date, datetime

import pytest

from ekbom.diary.table import Faults, Row, is_zone, number_in, number_text, read_table


def read(data: bytes | str, **how: object) -> tuple[list[dict[str, str]], list[str]]:
    faults = Faults("x.csv")
    raw = data if isinstance(data, bytes) else data.encode()
    rows = read_table(raw, faults=faults, **{"required": ("a", "b"), **how})
    return [r.cells for r in rows], [f"{p.severity}: {p}" for p in faults.found]


def cell(text: str, kind: str) -> tuple[object, list[str]]:
    faults = Faults("x.csv")
    value = getattr(Row(7, {"a": text}, faults), kind)("a")
    return value, [f"{p.severity}: {p}" for p in faults.found]


@pytest.mark.parametrize(
    "text",
    [
        "a,b\n1,2\n",
        "a;b\n1;2\n",
        "a\tb\n1\t2\n",
        "a,b\r\n1,2\r\n",
        "a,b\r1,2\r",
        '"a","b"\n"1",2\n',
    ],
)
def test_separators_and_line_ends_of_spreadsheets_are_understood(text: str) -> None:
    assert read(text) == ([{"a": "1", "b": "2"}], [])


def test_empty_lines_are_passed_over_and_lines_keep_their_number() -> None:
    faults = Faults("x.csv")
    rows = read_table(b"a,b\n\n1,2\n , \n3,4\n", faults=faults, required=("a", "b"))
    assert ([r.line for r in rows], faults.found) == ([3, 5], [])


def test_a_byte_order_mark_is_noted() -> None:
    assert read(b"\xef\xbb\xbfa,b\n1,2\n") == (
        [{"a": "1", "b": "2"}],
        [
            "warning: x.csv, line 1: it begins with a byte-order mark, as spreadsheets write it. "
            "It was read without the mark."
        ],
    )


@pytest.mark.parametrize(
    ("data", "problem"),
    [
        (b"a,b\n1,\xe9\n", "x.csv, line 2: it is not UTF-8 text. Save the file as CSV in UTF-8."),
        ("a,b\n".encode("utf-16"), "x.csv, line 1: it is not UTF-8 text. Save the file as CSV in "
         "UTF-8."),
        (b"a,b\n1,\0\n", "x.csv: it is not a text file. Save the file as CSV in UTF-8."),
        (b"a,c\n1,2\n", "x.csv, line 1: the column 'b' is missing. Add it to the heading."),
        (b"a,b,a\n1,2,3\n", "x.csv, line 1: the column 'a' stands there twice. Keep one "
         "of the two."),
        (b'a,b\n1,"2"3\n', "x.csv, line 2: it is not CSV: ',' expected after '\"'. Mend the "
         "quotation marks."),
        (b'a,b\n1,"2\n3,4\n', "x.csv, line 3: it is not CSV: unexpected end of data. Mend the "
         "quotation marks."),
        (b"a,b\n" + b"1" * 200_000 + b",2\n", "x.csv, line 2: it is not CSV: field larger than "
         "field limit (131072). Mend the quotation marks."),
    ],
)  # fmt: skip
def test_a_file_that_cannot_be_read_gives_no_rows_and_says_why(data: bytes, problem: str) -> None:
    assert read(data) == ([], [f"error: {problem}"])


def test_an_empty_file_lacks_its_columns() -> None:
    assert read(b"") == (
        [],
        [
            f"error: x.csv, line 1: the column {name!r} is missing. Add it to the heading."
            for name in ("a", "b")
        ],
    )


def test_an_unknown_column_is_told_unless_any_is_welcome() -> None:
    assert read("a,b,c\n1,2,3\n") == ([{"a": "1", "b": "2", "c": "3"}], [])
    assert read("a,b,c\n1,2,3\n", optional=("d",))[1] == [
        "error: x.csv, line 1: the column 'c' is not known here. Remove it or use one of: a, b, d."
    ]


def test_a_line_of_another_length_is_told_and_the_others_are_read() -> None:
    assert read("a,b\n1\n3,4\n") == (
        [{"a": "3", "b": "4"}],
        [
            "error: x.csv, line 2: it has 1 cells where the heading has 2. Give every line one "
            "cell for each column."
        ],
    )


@pytest.mark.parametrize(
    ("text", "value"),
    [("4", 4.0), (" 4.5 ", 4.5), ("-1e3", -1000.0), (".5", 0.5), ("", None), ("4.", 4.0)],
)
def test_a_number_is_a_plain_decimal_one(text: str, value: float | None) -> None:
    assert cell(text, "number") == (value, [])


@pytest.mark.parametrize("text", ["x", "1_000", "nan", "inf", "1e999", "1,2,3", "٣", "0x1", "4 5"])
def test_what_is_no_number_is_told(text: str) -> None:
    assert cell(text, "number") == (
        None,
        [f"error: x.csv, line 7: a {text!r} is not a number. Write a number such as 4 or 4.5."],
    )
    assert number_in(text) is None


def test_a_decimal_comma_is_read_and_noted() -> None:
    assert cell("4,5", "number") == (
        4.5,
        ["warning: x.csv, line 7: a '4,5' has a decimal comma. It was read as a decimal point."],
    )


def test_whole_numbers_dates_instants_and_zones_are_read_or_told() -> None:
    assert cell("4.0", "whole") == (4, [])
    assert cell("4.5", "whole") == (
        None,
        ["error: x.csv, line 7: a 4.5 is not a whole number. Write a whole number."],
    )
    assert cell("2026-03-01", "day") == (date(2026, 3, 1), [])
    assert cell("1.3.2026", "day") == (
        None,
        ["error: x.csv, line 7: a '1.3.2026' is not a date. Write it as 2026-03-01."],
    )
    assert cell("Europe/Berlin", "zone") == ("Europe/Berlin", [])
    assert cell("Berlin", "zone") == (
        None,
        ["error: x.csv, line 7: a 'Berlin' is not a time zone. Write one such as Europe/Berlin."],
    )
    assert cell("2026-03-01T21:30+01:00", "instant") == (
        datetime(2026, 3, 1, 20, 30, tzinfo=UTC),
        [],
    )


@pytest.mark.parametrize("text", ["2026-03-01T21:30", "21:30", "", "0001-01-01T00:00+05:00"])
def test_an_instant_needs_its_offset(text: str) -> None:
    assert cell(text, "instant") == (
        None,
        [
            f"error: x.csv, line 7: a {text!r} is not an instant with its offset from UTC. "
            "Write it as 2026-03-01T21:30:00+00:00."
        ],
    )


@pytest.mark.parametrize(
    "name", ["", "Europe", "../etc/passwd", "/etc/localtime", "Mars/Base", "\0"]
)
def test_what_is_no_zone_is_none(name: str) -> None:
    assert not is_zone(name)


@pytest.mark.parametrize("value", [None, 0.0, 4.0, 4.5, -3.0, 0.1 + 0.2, 1e300])
def test_a_number_reads_back_from_its_cell(value: float | None) -> None:
    text = number_text(value)
    assert (number_in(text) if text else None) == value
