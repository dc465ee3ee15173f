"""Figures of a verdict, one a file, each drawn by Altair from a verdict and a width."""
