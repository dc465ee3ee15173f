"""What a kind of answer must be able to tell about itself."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from ekbom.analysis.exposure import Floats


@dataclass(frozen=True, slots=True)
class Tilted:
    """A normal belief multiplied by the likelihood of one answer: log of its mass, and moments.

    Shapes (n, N): nights by nodes.
    """

    log_mass: Floats
    mean: Floats
    variance: Floats


class Likelihood(Protocol):
    """How an answer comes about from the latent state eta of its night.

    ``extra`` is the likelihood's own hyperparameter, carried on a scale on which its prior is
    N(extra_mean, extra_sd^2); ``extra_sd = 0`` means that it has none.
    """

    @property
    def extra_mean(self) -> float:
        """Return the prior mean of the likelihood's own hyperparameter."""
        ...

    @property
    def extra_sd(self) -> float:
        """Return the prior sd of the likelihood's own hyperparameter, 0 if there is none."""
        ...

    def check(self, *, value: Floats) -> None:
        """Raise ValueError if a value, shape (n,), is not an answer of this kind."""
        ...

    def guess(self, *, value: Floats) -> tuple[Floats, Floats]:
        """Return a first guess of eta and of its precision for each value, shapes (n,)."""
        ...

    def tilt(self, *, value: Floats, mean: Floats, variance: Floats, extra: Floats) -> Tilted:
        """Return N(eta; mean, variance) times the likelihood; value (n, 1), extra (N,)."""
        ...

    def expect(self, *, mean: Floats, sd: Floats) -> tuple[Floats, Floats]:
        """Return the expected answer when eta ~ N(mean, sd^2), and its derivative in the mean."""
        ...
