"""The map file: what the questions and treatments of a StudyU study mean in a protocol."""

from __future__ import annotations

import functools
import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass, fields
from typing import Annotated, ClassVar

from pydantic import ConfigDict, Field, TypeAdapter, ValidationError

from ekbom.problem import InputError, Problem
from ekbom.protocol.files import read_toml
from ekbom.protocol.model import STRICT, Count, Outcome, Text, Treatment


@dataclass(frozen=True, slots=True, kw_only=True)
class MappedOutcome(Outcome):
    """An outcome of the protocol and the StudyU question that answers it."""

    __pydantic_config__: ClassVar[ConfigDict] = STRICT

    asked: Text
    """The question in the export: its text, or its id."""
    survey: str = ""
    """Name of the survey it is in; needed only where two surveys ask the same."""
    question: str = ""
    """What the protocol calls the question; left out, it is what was asked."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StudyUMap:
    """What an export of StudyU means: treatments, length of the phases, and outcomes."""

    __pydantic_config__: ClassVar[ConfigDict] = STRICT

    name: Annotated[str, Field(pattern=r"^[a-z][a-z0-9-]*$", max_length=60)] = "studyu"
    """Short name of the protocol that is made."""
    title: str = ""
    """One line a person reads; left out, it names the two treatments."""
    treatment: Text
    """The intervention under test, as StudyU names it."""
    reference: Text
    """The intervention it is compared with, as StudyU names it."""
    phase_nights: Count | None = None
    """Nights of each phase; needed only where the export leaves them open."""
    order: tuple[Text, ...] = ()
    """The intervention of each phase in turn; needed only where a whole phase has no row."""
    outcomes: Annotated[tuple[MappedOutcome, ...], Field(min_length=1)]
    """The questions that are imported, and what they mean."""

    def treatments(self) -> tuple[Treatment, Treatment]:
        """Return the two treatments of the protocol, named after the interventions."""
        names = [_slug(self.treatment), _slug(self.reference)]
        if not all(names) or names[0] == names[1]:
            names = ["treatment", "reference"]
        return (
            Treatment(name=names[0], label=self.treatment, role="treatment"),
            Treatment(name=names[1], label=self.reference, role="reference"),
        )


@functools.cache
def _adapter() -> TypeAdapter[StudyUMap]:
    return TypeAdapter(StudyUMap)


def read_map(data: bytes, *, file: str) -> StudyUMap:
    """Return what a map file says; raises InputError with every fault at once.

    ``data`` is TOML; ``file`` is the name that problems carry.
    """
    try:
        mapping = _adapter().validate_python(read_toml(data, file=file))
    except ValidationError as error:
        raise InputError(
            Problem(file, None, f"{_path(fault['loc'])}: {fault['msg']}", "Mend it in the map file")
            for fault in error.errors(include_url=False)
        ) from None
    found = [Problem(file, None, what, do) for what, do in _contradictions(mapping)]
    if found:
        raise InputError(found)
    return mapping


def protocol_outcome(mapped: MappedOutcome) -> Outcome:
    """Return the outcome without what only the import needs."""
    values = {f.name: getattr(mapped, f.name) for f in fields(Outcome)}
    return Outcome(**{**values, "question": mapped.question or mapped.asked})


def _contradictions(mapping: StudyUMap) -> Iterator[tuple[str, str]]:
    """Yield what only concerns the import; the protocol's own rules are checked with it."""
    if mapping.treatment.strip() == mapping.reference.strip():
        yield "treatment and reference are the same", "Name the two interventions of the study"
    asked = [(o.asked.strip(), o.survey.strip()) for o in mapping.outcomes]
    for text, _ in sorted({a for a in asked if asked.count(a) > 1}):
        yield f"outcomes: {text!r} is mapped twice", "Map each question to one outcome"
    if mapping.order and mapping.phase_nights is None:
        yield "order: it needs phase_nights", "Say how many nights each phase had"
    for name in sorted(set(mapping.order) - {mapping.treatment, mapping.reference}):
        yield f"order: {name!r} is neither treatment nor reference", "Use the names of the two"
    for outcome in mapping.outcomes:
        if outcome.schedule != "nightly":
            yield (
                f"outcomes.{outcome.id}: only nightly questions can be imported",
                'Leave it out, or set schedule = "nightly"',
            )


def _slug(label: str) -> str:
    plain = unicodedata.normalize("NFKD", label).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "_", plain).strip("_0123456789")[:40]


def _path(loc: tuple[int | str, ...]) -> str:
    return ".".join(str(part) for part in loc)
