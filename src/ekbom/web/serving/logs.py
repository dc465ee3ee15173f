"""What the log says of a fault: what kind and where in the code, never what somebody wrote."""

from __future__ import annotations

import logging
import traceback
from types import TracebackType

_Fault = tuple[type[BaseException], BaseException, TracebackType | None]


class Plain(logging.Formatter):
    """Writes a fault without its message and without the address of its page.

    Both can hold what a person typed, a night, or a secret.
    """

    def __init__(self) -> None:
        super().__init__("%(asctime)s %(levelname)s %(name)s: %(message)s")

    def format(self, record: logging.LogRecord) -> str:
        """Return the line; a page is named by the pattern of its address."""
        request = getattr(record, "request", None)
        if request is None:
            return super().format(record)
        match = getattr(request, "resolver_match", None)
        record.args, record.msg = (), f"at the page {match.route!r}" if match else "at a page"
        return super().format(record)

    def formatException(  # noqa: N802 - logging calls it so
        self, ei: _Fault | tuple[None, None, None]
    ) -> str:
        """Return the kind of fault and the lines of code that led to it."""
        kind, _, trace = ei
        lines = (f"  {frame.filename}:{frame.lineno} {frame.name}" for frame in _frames(trace))
        return "\n".join([kind.__name__ if kind else "fault", *lines])


def _frames(trace: TracebackType | None) -> traceback.StackSummary:
    return traceback.extract_tb(trace)
