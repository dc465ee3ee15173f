"""Fit 200 drawn trials on a dense grid and write the answers that the tests compare with.

    PYTHONPATH=tests OMP_NUM_THREADS=1 python -m reference.make_gaussian_dense

It shares no code with the package but the exposure: each node whitens the nights one by one and
solves its regression directly, on equally spaced nodes (121 atanh rho x 61 log tau x 31 log
sigma): Simpson's rule for rho, whose posterior the prior may cut off, and sigma; equal weights
for tau.  About ten minutes on one core.
"""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
from scipy.special import ndtr

from ekbom.analysis.exposure import exposure
from reference.gaussian_trials import PRIORS, TAU_KNOWN, draw_trial

SEED = 20260824
DESIGNS = ((84, 7), (84, 7), (24, 4), (56, 7), (224, 28))
TRIALS = 200
FILE = Path(__file__).parent / "data" / "gaussian_dense.json"


def drawn_trials():
    """Return the 200 trials, always the same."""
    generator = np.random.default_rng(SEED)
    for index in range(TRIALS):
        nights, period = DESIGNS[index % len(DESIGNS)]
        yield draw_trial(nights=nights, period=period, priors=PRIORS, generator=generator)


def simpson(low, high, count):
    """Return equally spaced nodes and the weights of Simpson's rule."""
    weights = np.ones(count)
    weights[1:-1:2], weights[2:-1:2] = 4, 2
    return np.linspace(low, high, count), weights * (high - low) / (count - 1) / 3


def whitened(data, priors, rho, tau):
    """Return intercept, trend, exposure and answers, whitened night by night: (J, n, 4)."""
    exposed = exposure(data.dose, tau=tau)[data.night]
    ones = np.ones(len(data.night))
    columns = np.column_stack([ones, data.covariates, exposed, data.value - priors.intercept_mean])
    white = np.empty((len(rho), *columns.shape))
    white[:, 0] = columns[0]
    log_determinant = np.zeros(len(rho))
    for i in range(1, len(columns)):
        kept = rho ** int(data.night[i] - data.night[i - 1])
        left = 1 - kept**2
        white[:, i] = (columns[i] - kept[:, None] * columns[i - 1]) / np.sqrt(left)[:, None]
        log_determinant += np.log(left)
    return white, log_determinant


def at_tau(data, priors, z, tau, sigmas=31, reach=8.0):
    """Return log weight, mean and sd of the effect at each (rho, sigma): (J, S) each."""
    rho = np.tanh(z)
    white, log_determinant = whitened(data, priors, rho, tau)
    X, y = white[..., :-1], white[..., -1]
    A, c = X.swapaxes(1, 2) @ X, (X.swapaxes(1, 2) @ y[..., None])[..., 0]
    q = (y * y).sum(1)
    n, p = X.shape[1:]
    sds = np.r_[priors.intercept_sd, data.covariate_sds, priors.effect_sd]
    # The peak of log sigma given the rest, by fixed point from the least-squares residual.
    s2 = np.maximum(q - (c * np.linalg.solve(A, c[..., None])[..., 0]).sum(1), 1e-12 * q) / n
    for _ in range(40):
        precision = A + s2[:, None, None] * np.diag(sds**-2)
        b = np.linalg.solve(precision, c[..., None])[..., 0]
        rest = np.maximum(q - (c * b).sum(1), 1e-12 * q)
        s2 = 2 * rest / (n - p + np.sqrt((n - p) ** 2 + 4 * rest / priors.sigma_sd**2))
    places, weights = simpson(-reach, reach, sigmas)
    step = 1 / np.sqrt(2 * max(n - p, 3))
    log_sigma = 0.5 * np.log(s2)[:, None] + places * step
    v = np.exp(2 * log_sigma)
    precision = A[:, None] / v[..., None, None] + np.diag(sds**-2)
    mean = np.linalg.solve(precision, (c[:, None] / v[..., None])[..., None])[..., 0]
    log_det = np.linalg.slogdet(precision)[1] + 2 * np.log(sds).sum()
    variance = np.linalg.inv(precision)[..., -1, -1]
    fit = y[:, None] - (X[:, None] @ mean[..., None])[..., 0]
    squares = (fit * fit).sum(-1) / v + (mean**2 / sds**2).sum(-1)
    log_weight = -n * log_sigma - 0.5 * (log_det + log_determinant[:, None] + squares)
    log_weight += log_sigma - v / (2 * priors.sigma_sd**2) + np.log(weights * step)
    log_weight += (-0.5 * ((rho - priors.rho_mean) / priors.rho_sd) ** 2 + np.log1p(-(rho**2)))[
        :, None
    ]
    return log_weight, mean[..., -1], np.sqrt(variance)


def narrowed(nodes, mass):
    """Return the range that holds all but 1e-10 of the weight, a node further on either side."""
    heavy = np.flatnonzero(mass > 1e-10)
    return nodes[max(heavy[0] - 1, 0)], nodes[min(heavy[-1] + 1, len(nodes) - 1)]


def dense(data, priors, rhos=121, taus=61):
    """Return log weights, means and sds of the effect over the whole grid."""
    end = np.arctanh(priors.rho_bound)
    z, z_weight = simpson(-end, end, rhos)
    reach = 6.0 * priors.log_tau_sd
    t_range = (priors.log_tau_mean - reach, priors.log_tau_mean + reach)
    for _ in range(8):
        t = np.linspace(*t_range, taus if priors.log_tau_sd else 1)
        parts = [at_tau(data, priors, z, np.exp(x)) for x in t]
        log_weight = np.stack([part[0] for part in parts]) + np.log(z_weight)[None, :, None]
        if priors.log_tau_sd:
            prior = -0.5 * ((t - priors.log_tau_mean) / priors.log_tau_sd) ** 2
            log_weight += prior[:, None, None]
        weight = np.exp(log_weight - log_weight.max())
        weight /= weight.sum()
        t_new = narrowed(t, weight.sum((1, 2)))
        if t_new[1] - t_new[0] >= 0.9 * (t_range[1] - t_range[0]):
            break
        t_range = t_new
    means, sds = (np.stack([part[i] for part in parts]) for i in (1, 2))
    return weight.ravel(), means.ravel(), sds.ravel()


def limit(weight, means, sds, p):
    """Return the value with probability ``p`` below it, by bisection."""
    low, high = float((means - 12 * sds).min()), float((means + 12 * sds).max())
    for _ in range(90):
        middle = 0.5 * (low + high)
        if weight @ ndtr((middle - means) / sds) < p:
            low = middle
        else:
            high = middle
    return 0.5 * (low + high)


def summary(weight, means, sds):
    """Return the numbers that the tests compare."""
    mean = float(weight @ means)
    sd = float(np.sqrt(weight @ (sds**2 + (means - mean) ** 2)))
    heavy = weight > 1e-13
    kept = weight[heavy], means[heavy], sds[heavy]
    below = [float(weight @ ndtr((x - means) / sds)) for x in (0.0, -1.0)]
    limits = [limit(*kept, p) for p in (0.025, 0.975)]
    return [float(f"{x:.12g}") for x in (mean, sd, *below, *limits)]


def main():
    """Fit every trial twice, tau known and tau estimated, and write the file."""
    rows = []
    for index, trial in enumerate(drawn_trials()):
        known, estimated = (summary(*dense(trial.data, p)) for p in (TAU_KNOWN, PRIORS))
        rows.append({"sum": float(trial.data.value.sum()), "known": known, "estimated": estimated})
        print(index, rows[-1], flush=True)
    columns = ["mean", "sd", "below 0", "below -1", "2.5 %", "97.5 %"]
    lines = ",\n".join(json.dumps(row) for row in rows)
    FILE.write_text(f'{{"columns": {json.dumps(columns)}, "trials": [\n{lines}\n]}}\n')


if __name__ == "__main__":
    main()
