"""What may show what one pack holds, before the whole order is opened."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ekbom.problem import RefusedError
from ekbom.protocol.model import Protocol
from ekbom.protocol.periods import period_count
from ekbom.trial.log_faults import raise_faults

BREAK_GLASS = "break glass"

INCIDENTS = (BREAK_GLASS, "pack seen through", "helper told", "other")
"""The kinds of incident whose consequence every protocol names in advance."""


def refuse_incident(protocol: Protocol, detail: Mapping[str, Any]) -> None:
    """Refuse an incident of an unknown kind, or about a period that the plan does not have."""
    what, period = detail.get("what", INCIDENTS[-1]), detail.get("period", 1)
    if what not in INCIDENTS:
        raise_faults([(f"{what!r} is no kind of incident", f"Use one of: {', '.join(INCIDENTS)}")])
    if not 1 <= period <= period_count(protocol.design):
        raise RefusedError(f"There is no period {period} in this trial.")
