"""Facts with their sources, read from the tables beside this module; nothing is computed here."""

from __future__ import annotations

import functools
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from importlib import resources
from types import MappingProxyType
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """Where a fact was read; ``read_at_publisher`` is false where it was read on a copy."""

    id: str
    title: str
    url: str | None
    read_at_publisher: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Salt:
    """A compound of magnesium and how much of its weight is magnesium.

    ``percent_elemental`` is in percent by weight; ``kind`` is what a label says that does not name
    the exact form, such as ``citrate``; ``sources`` name tables the figure was compared with.
    """

    id: str
    kind: str
    name: str
    formula: str
    percent_elemental: float
    sources: tuple[Source, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Limit:
    """The most magnesium a day from all supplements in one region, on top of food.

    ``mg_per_day`` (elemental) is enforced; ``published_mg`` is what the body itself publishes and
    ``text`` what it says.  ``body`` speaks of ``least_doses`` a day where these are several.
    ``regions`` are the names it is found by.
    """

    regions: tuple[str, ...]
    name: str
    mg_per_day: float
    published_mg: float
    text: str
    sources: tuple[Source, ...]
    body: str = ""
    least_doses: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """Something the article says, our verdict on it, how certain that is, and why.

    ``verdict`` is one of `CLAIM_VERDICTS`, ``certainty`` of `CERTAINTIES`; ``verified`` is false
    where the key facts rest on memory or on the absence of evidence.
    """

    id: str
    section: str
    paraphrase: str
    verdict: str
    certainty: str
    summary: str
    sources: tuple[Source, ...]
    verified: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Omission:
    """Something that matters and that the article does not say."""

    id: str
    text: str
    sources: tuple[Source, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Note:
    """What we looked for beside the claims, and what we could read of it."""

    id: str
    text: str
    sources: tuple[Source, ...]
    verified: bool


CLAIM_VERDICTS = (
    "supported",
    "partly",
    "overstated",
    "unsupported",
    "misleading",
    "unsafe_as_written",
)
CERTAINTIES = ("high", "moderate", "low", "very_low", "none")


@functools.cache
def sources() -> Mapping[str, Source]:
    """Return every source by its id."""
    entries = read_table(__package__, "source")
    return MappingProxyType({s["id"]: Source(**{"url": None, **s}) for s in entries})


@functools.cache
def salts() -> Mapping[str, Salt]:
    """Return every salt by its id."""
    entries = sourced_table(__package__, "salt")
    return MappingProxyType({s["id"]: Salt(**s) for s in entries})


@functools.cache
def limits() -> Mapping[str, Limit]:
    """Return the limit of every region by the region's name, such as ``eu``."""
    found = [Limit(**e) for e in sourced_table(__package__, "limit")]
    return MappingProxyType({region: limit for limit in found for region in limit.regions})


def limit_for(region: str) -> Limit:
    """Return the limit for supplements in a region, and the lowest one where it is not known."""
    return limits().get(region.strip().lower(), limits()["unknown"])


@functools.cache
def claims() -> tuple[Claim, ...]:
    """Return every claim of the article with our verdict, in the article's order."""
    return tuple(Claim(**entry) for entry in sourced_table(__package__, "claim"))


@functools.cache
def omissions() -> tuple[Omission, ...]:
    """Return what the article leaves out."""
    return tuple(Omission(**entry) for entry in sourced_table(__package__, "omission"))


@functools.cache
def notes() -> tuple[Note, ...]:
    """Return what else we looked for, and what we could read of it."""
    return tuple(Note(**entry) for entry in sourced_table(__package__, "note"))


def sourced_table(package: str, kind: str) -> list[dict[str, Any]]:
    """Return the entries of a package's table ``KINDs.toml``, lists as tuples, sources looked up.

    Raises KeyError where an entry names a source that is not in the list of sources.
    """
    return [_sourced(entry) for entry in read_table(package, kind)]


def _sourced(entry: dict[str, Any]) -> dict[str, Any]:
    lists = {key: tuple(value) for key, value in entry.items() if isinstance(value, list)}
    return {**entry, **lists, "sources": tuple(sources()[s] for s in entry["sources"])}


def read_table(package: str, kind: str) -> list[dict[str, Any]]:
    """Return the entries of a package's table ``KINDs.toml`` as they stand there."""
    file = resources.files(package) / f"{kind}s.toml"
    entries: list[dict[str, Any]] = tomllib.loads(file.read_text("utf-8"))[kind]
    return entries
