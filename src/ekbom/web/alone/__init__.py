"""Making the packs alone, and reading their slips when the trial is over."""
