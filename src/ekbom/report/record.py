"""A verdict as the stable JSON record that `ekbom verdict --json` prints (docs/verdict-json.md)."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from ekbom import __version__
from ekbom.analysis.decision import Probability
from ekbom.analysis.randomisation_result import RandomisationResult
from ekbom.analysis.result import (
    Effect,
    OutcomeVerdict,
    SideEffects,
    TrialVerdict,
)
from ekbom.language import ENGLISH, speaking
from ekbom.report.guess_words import guess_sentences
from ekbom.report.words import sentence

FORMAT = 1
"""Version of the record; it changes when a key changes its meaning or goes away."""


@speaking(ENGLISH)
def verdict_record(verdict: TrialVerdict) -> dict[str, Any]:
    """Return everything a verdict says as plain JSON values."""
    trial = verdict.trial
    return {
        "format": FORMAT,
        "ekbom": __version__,
        "trial": {
            "protocol": trial.protocol.name,
            "protocol_hash": trial.protocol_hash,
            "analysis": trial.analysis,
            "start": trial.start.isoformat(),
            "zone": trial.zone,
            "blinding": trial.protocol.blinding,
            "treatment": trial.protocol.treatment.name,
            "reference": trial.protocol.reference.name,
        },
        "outcomes": {name: _outcome(verdict, found) for name, found in verdict.outcomes.items()},
        "side_effects": _side_effects(verdict.side_effects),
        "looks": asdict(verdict.looks),
        "doses": asdict(verdict.doses),
        "guesses": _guesses(verdict),
        "notes": [str(p) for p in trial.problems],
    }


def _outcome(verdict: TrialVerdict, found: OutcomeVerdict) -> dict[str, Any]:
    further = found.further or {}
    return {
        "role": found.outcome.role,
        "effect": _effect(found.effect),
        "effect_full_exposure": _effect(found.effect_full_exposure),
        "probability": _probability(found.probability),
        "probability_at": {f"{mid:g}": _probability(p) for mid, p in further.items()},
        "mid": found.outcome.mid,
        "randomisation": _randomisation(found.randomisation),
        "nights": asdict(found.nights),
        "checks": [asdict(check) for check in found.checks],
        "verdict": found.verdict,
        "because": list(found.because),
        "but_not": list(found.but_not),
        "reason": found.reason,
        "impressions": found.impressions,
        "periods": [
            {**asdict(p), "first": p.first.isoformat(), "last": p.last.isoformat()}
            for p in found.periods
        ],
        "sentence": sentence(verdict, found),
    }


def _effect(effect: Effect | None) -> dict[str, Any] | None:
    if effect is None:
        return None
    return {
        "mean": effect.mean,
        "sd": effect.sd,
        "interval95": list(effect.interval95),
        "unit": effect.unit,
        "direction": effect.direction,
    }


def _probability(probability: Probability | None) -> dict[str, float] | None:
    return None if probability is None else asdict(probability)


def _randomisation(found: RandomisationResult) -> dict[str, Any]:
    return {
        "p": found.p,
        "p_benefit": found.p_benefit,
        "p_harm": found.p_harm,
        "smallest_p": found.smallest_p,
        "smallest_p_one_sided": found.smallest_p_one_sided,
        "statistic": found.statistic,
        "sequences": found.sequences,
        "exact": found.exact,
        "interval": None if found.interval is None else list(found.interval),
        "interval_level": found.interval_level,
        "reason": found.reason,
    }


def _guesses(verdict: TrialVerdict) -> dict[str, Any] | None:
    found = verdict.guesses
    if found is None:
        return None
    return {
        **asdict(found),
        "guesses": [
            {**asdict(guess), "reasons": list(guess.reasons), "right": guess.right}
            for guess in found.guesses
        ],
        "given_away": found.given_away,
        "told_by_effect": found.told_by_effect,
        "sentences": list(guess_sentences(verdict)),
    }


def _side_effects(found: SideEffects) -> dict[str, Any]:
    return {
        "items": [asdict(item) for item in found.items],
        "incidents": [asdict(incident) for incident in found.incidents],
    }
