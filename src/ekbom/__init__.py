"""ekbom: randomised, blinded trials in one person, from the safety questions to the verdict."""

__version__ = "0.1.0"
