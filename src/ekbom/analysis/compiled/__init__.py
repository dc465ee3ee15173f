"""The posterior and the randomisation test of many trials, compiled; only this imports numba."""
