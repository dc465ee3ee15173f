"""Operating characteristics as plain JSON values."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from ekbom import __version__
from ekbom.simulation.characteristics import Characteristics, Estimated, Row
from ekbom.simulation.comparison import MOST_FALSE, Candidate, Comparison

FORMAT = 1
"""Version of the record; it changes when a key changes its meaning or goes away."""


def characteristics_record(found: Characteristics) -> dict[str, Any]:
    """Return what a plan would find, as plain JSON values (docs/simulation-json.md)."""
    protocol = found.protocol
    outcome = protocol.primary
    return {
        "format": FORMAT,
        "ekbom": __version__,
        "protocol": protocol.name,
        "protocol_hash": found.protocol_hash,
        "seed": found.seed,
        "trials": found.trials,
        "complete": found.complete,
        "engine": found.engine,
        "outcome": {
            "id": outcome.id,
            "name": outcome.name,
            "unit": outcome.unit,
            "direction": outcome.direction,
            "mid": outcome.mid,
        },
        "treatment": protocol.treatment.label,
        "reference": protocol.reference.label,
        "pairs": protocol.design.pairs,
        "period_nights": protocol.design.period_nights,
        "unanalysed_nights": protocol.design.unanalysed_nights,
        "rule": asdict(protocol.decision),
        "burden": asdict(found.burden),
        "rows": [_row(row) for row in found.rows],
    }


def comparison_record(found: Comparison) -> dict[str, Any]:
    """Return plans side by side, as plain JSON values (docs/simulation-json.md)."""
    return {
        "format": FORMAT,
        "ekbom": __version__,
        "criterion": {
            "benefit": found.benefit,
            "taus": list(found.taus),
            "most_false_helps": MOST_FALSE,
            "limits": asdict(found.limits),
        },
        "complete": found.complete,
        "recommended": found.recommended,
        "candidates": [_candidate(candidate) for candidate in found.candidates],
    }


def _candidate(candidate: Candidate) -> dict[str, Any]:
    plan = candidate.found.protocol.design
    return {
        "design": {
            "kind": plan.kind,
            "pairs": plan.pairs,
            "period_nights": plan.period_nights,
            "unanalysed_nights": plan.unanalysed_nights,
            "washout_nights": plan.washout_nights,
        },
        "chance_to_find": _estimated(Estimated(candidate.chance, candidate.error)),
        "false_helps": _estimated(Estimated(candidate.false, candidate.false_error)),
        "out": list(candidate.out),
        "characteristics": characteristics_record(candidate.found),
    }


def _row(row: Row) -> dict[str, Any]:
    truth = row.truth
    return {
        "truth": truth.id,
        "size": truth.size,
        "scale": truth.scale,
        "unblinded": truth.unblinded,
        "tau": truth.tau,
        "beta": _short(truth.beta),
        "theta": _short(truth.theta),
        "trials": row.trials,
        "words": {word: _estimated(share) for word, share in row.words.items()},
        "wrong": _estimated(row.wrong),
        "coverage": _estimated(row.coverage),
        "bias": _estimated(row.bias),
        "rmse": _short(row.rmse),
        "posterior_sd": _short(row.posterior_sd),
        "model_power": _estimated(row.model_power),
        "test_power": _estimated(row.test_power),
        "test_two_sided": _estimated(row.test_two_sided),
    }


def _estimated(found: Estimated | None) -> dict[str, float | None] | None:
    if found is None:
        return None
    return {"value": _short(found.value), "monte_carlo_error": _short(found.error)}


def _short(value: float | None) -> float | None:
    # No -0.0, which is no number that a reader knows.
    return None if value is None else round(value, 5) + 0.0
