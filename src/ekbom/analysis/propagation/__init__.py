"""Expectation propagation: the model for ratings and counts that are far from normal.

`fit.fit_ep` is the way in; `interval`, `poisson` and `negative_binomial` are the likelihoods.
"""
