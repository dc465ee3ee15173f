"""Words, figures and pages made from a verdict."""
