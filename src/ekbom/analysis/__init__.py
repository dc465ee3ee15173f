"""From a trial to its verdict: exposure, posterior, randomisation test, checks."""
