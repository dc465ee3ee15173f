"""What the server says while several pages are asked for at once: nothing, as that is no fault."""

from __future__ import annotations

import pytest
from waitress.task import ThreadedTaskDispatcher


class Page:
    """A page that waits for a thread; here none ever comes for it."""

    def defer(self) -> None: ...

    def cancel(self) -> None: ...


def test_a_page_that_waits_for_a_free_thread_is_not_warned_of(
    caplog: pytest.LogCaptureFixture,
) -> None:
    dispatcher = ThreadedTaskDispatcher()
    dispatcher.add_task(Page())
    assert dispatcher.queue_logger.name == "waitress.queue"
    assert caplog.messages == []
    dispatcher.logger.warning("a real one")
    assert caplog.messages == ["a real one"]
