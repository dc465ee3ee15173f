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
from ekbom.protocol.consistency import contradictions
from ekbom.protocol.files import read_toml
from ekbom.protocol.model import (
    STRICT,
    AnalysisPlan,
    Count,
    DesignPlan,
    Outcome,
    Protocol,
    Text,
    Treatment,
)

_STRIPPED: ConfigDict = {**STRICT, "str_strip_whitespace": True}
BASELINE = "Baseline"
"""What StudyU calls its phase before the first intervention."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MappedOutcome(Outcome):
    """An outcome of the protocol and the StudyU question that answers it."""

    __pydantic_config__: ClassVar[ConfigDict] = _STRIPPED

    asked: Text
    """The question in the export: its text, or its id."""
    survey: str = ""
    """Name of the survey it is in; needed only where two surveys ask the same."""
    question: str = ""
    """What the protocol calls the question; left out, it is what was asked."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StudyUMap:
    """What an export of StudyU means: treatments, length of the phases, and outcomes."""

    __pydantic_config__: ClassVar[ConfigDict] = _STRIPPED

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


def mapped_protocol(mapping: StudyUMap) -> Protocol:
    """Return the protocol that everyone in the export shares, with each treatment once.

    Nobody drew the order by chance, so the design is ``fixed``; the analysis is that of a
    fast effect (log tau ~ N(log 2, .7^2), tau0 = 2).
    """
    treatments = _treatments(mapping)
    return Protocol(
        name=mapping.name,
        title=mapping.title or f"{mapping.treatment} against {mapping.reference}",
        imported=True,
        randomised=False,
        treatments=treatments,
        outcomes=tuple(_outcome(o) for o in mapping.outcomes),
        design=DesignPlan(
            kind="fixed",
            order=tuple(t.name for t in treatments),
            period_nights=mapping.phase_nights or 1,
        ),
        analysis=AnalysisPlan(tau_median=2.0, tau_log_sd=0.7, tau_test=2.0),
    )


def _treatments(mapping: StudyUMap) -> tuple[Treatment, Treatment]:
    names = [_slug(mapping.treatment), _slug(mapping.reference)]
    if not all(names) or names[0] == names[1]:
        names = ["treatment", "reference"]
    return (
        Treatment(name=names[0], label=mapping.treatment, role="treatment"),
        Treatment(name=names[1], label=mapping.reference, role="reference"),
    )


def _outcome(mapped: MappedOutcome) -> Outcome:
    values = {f.name: getattr(mapped, f.name) for f in fields(Outcome)}
    return Outcome(**{**values, "question": mapped.question or mapped.asked})


def _contradictions(mapping: StudyUMap) -> Iterator[tuple[str, str]]:
    yield from contradictions(mapped_protocol(mapping))
    if mapping.treatment == mapping.reference:
        yield "treatment and reference are the same", "Name the two interventions of the study"
    asked = [(o.asked, o.survey) for o in mapping.outcomes]
    for text, _ in sorted({a for a in asked if asked.count(a) > 1}):
        yield f"outcomes: {text!r} is mapped twice", "Map each question to one outcome"
    if mapping.order and mapping.phase_nights is None:
        yield "order: it needs phase_nights", "Say how many nights each phase had"
    for name in sorted(set(mapping.order) - {mapping.treatment, mapping.reference, BASELINE}):
        yield f"order: {name!r} is neither treatment nor reference", "Use the names of the two"
    for outcome in mapping.outcomes:
        if outcome.schedule != "nightly":
            yield (
                f"outcomes.{outcome.id}: only nightly questions can be imported",
                'Leave it out, or set schedule = "nightly"',
            )


def _slug(label: str) -> str:
    plain = unicodedata.normalize("NFKD", label).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "_", plain).lstrip("_0123456789")[:40].rstrip("_")


def _path(loc: tuple[int | str, ...]) -> str:
    return ".".join(str(part) for part in loc)
