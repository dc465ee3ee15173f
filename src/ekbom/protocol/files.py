"""Protocol files: read, checked as a whole, written, hashed, and described for editors."""

from __future__ import annotations

import ast
import functools
import hashlib
import inspect
import itertools
import json
import re
import tomllib
from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from importlib import resources
from typing import Any

from pydantic import TypeAdapter, ValidationError

from ekbom.evidence.facts import limit_for, limits
from ekbom.problem import InputError, Problem
from ekbom.protocol import model
from ekbom.protocol.consistency import contradictions
from ekbom.protocol.model import DesignPlan, Protocol

BUILT_IN = ("magnesium-rls", "magnesium-rls-fast")
"""Names of the protocols that come with ekbom."""


@functools.cache
def _adapter() -> TypeAdapter[Protocol]:
    return TypeAdapter(Protocol)


def built_in(name: str) -> Protocol:
    """Return a protocol that comes with ekbom; raises KeyError if there is none of that name."""
    if name not in BUILT_IN:
        raise KeyError(name)
    file = f"{name}.toml"
    return read_protocol((resources.files(__package__) / "built_in" / file).read_bytes(), file=file)


def read_protocol(data: bytes, *, file: str) -> Protocol:
    """Return the protocol in a TOML file; raises InputError with every fault at once."""
    return protocol_from(read_toml(data, file=file), file=file)


def read_toml(data: bytes, *, file: str) -> dict[str, Any]:
    """Return the tables of a TOML file; raises InputError where it is not TOML."""
    try:
        return tomllib.loads(data.decode("utf-8").removeprefix("\ufeff"))
    except UnicodeDecodeError:
        raise InputError(
            [Problem(file, None, "it is not UTF-8 text", "Save it as UTF-8")]
        ) from None
    except tomllib.TOMLDecodeError as error:
        what = f"it is not TOML: {str(error)[:1].lower()}{str(error)[1:]}"
        raise InputError([Problem(file, None, what, "Mend the line named")]) from None
    except (ValueError, RecursionError):
        what = "it has a number that is too long, or is nested too deeply"
        raise InputError([Problem(file, None, what, "Restore it from a copy")]) from None


def protocol_from(tables: Mapping[str, Any], *, file: str) -> Protocol:
    """Return the protocol in parsed TOML or JSON; raises InputError with every fault at once."""
    try:
        protocol = _adapter().validate_python(dict(tables))
    except ValidationError as error:
        raise InputError(
            Problem(file, None, f"{_path(fault['loc'])}: {fault['msg']}", "See docs/protocol.md")
            for fault in error.errors(include_url=False)
        ) from None
    found = [Problem(file, None, what, do) for what, do in contradictions(protocol)]
    if found:
        raise InputError(found)
    return protocol


def checked(protocol: Protocol, *, file: str) -> Protocol:
    """Return the protocol if it is as sound as a file must be; raises InputError if it is not."""
    return protocol_from(_adapter().dump_python(protocol, warnings=False), file=file)


def resolved(protocol: Protocol) -> dict[str, Any]:
    """Return the whole protocol with every default written out, as plain JSON values."""
    plain: dict[str, Any] = _adapter().dump_python(protocol, mode="json")
    return plain


def content_hash(protocol: Protocol) -> str:
    """Return the SHA-256 of the resolved protocol, the same whatever its file looked like."""
    return tables_hash(resolved(protocol))


def tables_hash(tables: Mapping[str, Any]) -> str:
    """Return the SHA-256 of a resolved protocol as it stands in a file.

    A registered trial is judged by the tables it was written with, so that a later version of
    ekbom, which may know more fields, still finds it unchanged.
    """
    canonical = json.dumps(
        _plain(tables), sort_keys=True, separators=(",", ":"), ensure_ascii=False
    )
    return hashlib.sha256(canonical.encode()).hexdigest()


def _plain(value: Any) -> Any:
    """Return a value as it comes back from TOML: without nulls; dates as text."""
    if isinstance(value, Mapping):
        return {key: _plain(item) for key, item in value.items() if item is not None}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    return value.isoformat() if isinstance(value, date) else value


def json_schema() -> dict[str, Any]:
    """Return the JSON Schema of protocol files, with which editors check and complete them."""
    schema = _adapter().json_schema()
    help_texts = _help_texts()
    for name, table in [("Protocol", schema), *schema["$defs"].items()]:
        for field, described in table["properties"].items():
            described["description"] = help_texts[name][field]
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "ekbom trial protocol",
        **schema,
    }


def _help_texts() -> dict[str, dict[str, str]]:
    """Return the text below each field of the model, by class and field."""
    found: dict[str, dict[str, str]] = {}
    for table in ast.parse(inspect.getsource(model)).body:
        if isinstance(table, ast.ClassDef):
            fields = found.setdefault(table.name, {})
            for field, text in itertools.pairwise(table.body):
                match field, text:
                    case (
                        ast.AnnAssign(target=ast.Name(id=name)),
                        ast.Expr(value=ast.Constant(value=str(words))),
                    ):
                        fields[name] = inspect.cleandoc(words)
    return found


def with_design(
    protocol: Protocol,
    *,
    pairs: int | None = None,
    period_nights: int | None = None,
    unanalysed_nights: int | None = None,
    washout_nights: int | None = None,
) -> Protocol:
    """Return the protocol with another number or length of periods, as allowed before the start.

    ``washout_nights`` are those between two periods.  Raises InputError if the result contradicts
    itself.
    """
    changes: dict[str, Any] = {
        "pairs": pairs,
        "period_nights": period_nights,
        "unanalysed_nights": unanalysed_nights,
        "washout_nights": washout_nights,
    }
    wanted = {name: number for name, number in changes.items() if number is not None}
    design: DesignPlan = replace(protocol.design, **wanted)
    return checked(replace(protocol, design=design), file=protocol.name)


def with_region(protocol: Protocol, region: str | None) -> Protocol:
    """Return the protocol with the limit for supplements of another region; ``None``: as it is.

    Raises InputError for a region that is not known by name, or if the dose ladder goes beyond its
    limit without a clinician's agreement.
    """
    if region is None or protocol.dose is None:
        return protocol
    name = region.strip().lower()
    if name not in limits():
        do = f"Use one of: {', '.join(limits())}"
        raise InputError([Problem(protocol.name, None, f"there is no region {region!r}", do)])
    dose = replace(protocol.dose, region=name, limit_mg=limit_for(name).mg_per_day)
    return checked(replace(protocol, dose=dose), file=protocol.name)


def with_mids(protocol: Protocol, mids: Mapping[str, float]) -> Protocol:
    """Return the protocol with the minimal important differences that the person chose.

    ``mids`` maps an outcome's id to its MID in the outcome's units.  Raises InputError for an
    outcome that is not in the protocol or a MID outside its range.
    """
    unknown = sorted(set(mids) - {o.id for o in protocol.outcomes})
    if unknown:
        known = ", ".join(o.id for o in protocol.outcomes)
        raise InputError(
            Problem(protocol.name, None, f"there is no outcome {name!r}", f"Use one of: {known}")
            for name in unknown
        )
    outcomes = tuple(replace(o, mid=mids.get(o.id, o.mid)) for o in protocol.outcomes)
    return checked(replace(protocol, outcomes=outcomes), file=protocol.name)


def toml_text(tables: Mapping[str, Any]) -> str:
    """Return TOML that reads back as ``tables`` (strings, numbers, booleans, dates, lists, tables).

    ``None`` is left out, as TOML has no word for it.
    """
    return "\n".join(_toml_lines(tables, ())).lstrip("\n") + "\n"


def _toml_lines(table: Mapping[str, Any], path: tuple[str, ...]) -> list[str]:
    lines: list[str] = []
    for key, value in table.items():
        if value is not None and not _is_table(value):
            lines.append(f"{_toml_key(key)} = {_toml_value(value)}")
    for key, value in table.items():
        inner = (*path, _toml_key(key))
        if isinstance(value, Mapping):
            lines += ["", f"[{'.'.join(inner)}]", *_toml_lines(value, inner)]
        elif _is_table(value):
            for item in value:
                lines += ["", f"[[{'.'.join(inner)}]]", *_toml_lines(item, inner)]
    return lines


def _toml_key(key: str) -> str:
    return key if re.fullmatch(r"[A-Za-z0-9_-]+", key) else _toml_value(key)


def _is_table(value: object) -> bool:
    if isinstance(value, Mapping):
        return True
    return isinstance(value, list | tuple) and bool(value) and isinstance(value[0], Mapping)


def _toml_value(value: object) -> str:
    match value:
        case bool():
            return "true" if value else "false"
        case str():
            # JSON's escapes are TOML's too, but for DEL, which TOML wants escaped.
            return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
        case int():
            return str(value)
        case float():
            return repr(value)
        case date():
            return value.isoformat()
        case list() | tuple():
            return "[" + ", ".join(_toml_value(v) for v in value) + "]"
        case _:
            raise TypeError(f"TOML has no {type(value).__name__}")


def _path(loc: tuple[int | str, ...]) -> str:
    return ".".join(str(part) for part in loc) or "the file"
