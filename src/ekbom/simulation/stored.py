"""The simulation tables that come with ekbom, so that a plan's chances are seen at once."""

from __future__ import annotations

import functools
import json
from collections.abc import Mapping
from dataclasses import replace
from importlib import resources
from typing import Any

from ekbom.protocol.files import content_hash
from ekbom.protocol.model import Dose, Protocol

_TABLES = "tables"


@functools.cache
def stored_records() -> Mapping[str, Mapping[str, Any]]:
    """Return the tables that come with ekbom, by the hash of their protocol."""
    folder = resources.files(__package__) / _TABLES
    files = [f for f in folder.iterdir() if f.name.endswith(".json")]
    records = [json.loads(file.read_text("utf-8")) for file in files]
    return {record["protocol_hash"]: record for record in records}


def stored_record(protocol: Protocol) -> Mapping[str, Any] | None:
    """Return the table that comes with ekbom for this protocol, or ``None``.

    Any difference in the protocol makes it another one, but for the way of blinding, the region,
    and whose limit and agreement count there: no simulated night depends on these.
    """
    return stored_records().get(content_hash(_anywhere(replace(protocol, blinding="open"))))


def _anywhere(protocol: Protocol) -> Protocol:
    if protocol.dose is None:
        return protocol
    default = Dose(substance=protocol.dose.substance, ladder=protocol.dose.ladder)
    dose = replace(
        protocol.dose,
        region=default.region,
        limit_mg=default.limit_mg,
        agreed_by=default.agreed_by,
    )
    return replace(protocol, dose=dose)
