"""Virtual participants, whose truth is known."""
