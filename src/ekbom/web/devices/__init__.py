"""Browsers that stand for a person: this machine's own, and paired phones."""
