"""Compile a function, and keep the machine code on disk where that can be written."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import numba

F = TypeVar("F", bound=Callable[..., Any])

# Dividing by zero gives infinity, as in NumPy; a product may be added without being rounded first.
_OPTIONS = {"nogil": True, "error_model": "numpy"}


def compiled(function: F) -> F:
    """Return the function, compiled when it is first called with arguments of some types.

    Its machine code is kept on disk.  Numba writes it anew when the function's own file changes,
    not when another one does: while changing this package, set NUMBA_CACHE_DIR to a new directory.
    """
    try:
        kept: F = numba.njit(cache=True, **_OPTIONS)(function)
    except RuntimeError:
        # No directory can be written: neither beside this file nor in the home directory.
        kept = numba.njit(**_OPTIONS)(function)
    return kept
