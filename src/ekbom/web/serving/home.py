"""The server for phones in the network at home: HTTPS alone."""

from __future__ import annotations

import threading
from datetime import datetime
from pathlib import Path
from typing import Any

from cheroot import wsgi
from cheroot.ssl.builtin import BuiltinSSLAdapter

from ekbom.web import present
from ekbom.web.serving.certificates import server_context, server_file
from ekbom.web.serving.names import Names

_MOST = 16 * 1024 * 1024
"""Most octets that a phone can send at once."""


class _QuietServer(wsgi.Server):
    """Leaves the log alone: every stranger's failed handshake would be a line in it."""

    def error_log(self, msg: str = "", level: int = 20, traceback: bool = False) -> None:
        """Write nothing."""


class HomeServer:
    """Serves the application over HTTPS in a thread of its own."""

    def __init__(self, application: Any, *, names: Names, port: int, data: Path) -> None:
        self.names, self.data = names, data
        self._server = _QuietServer(
            ("0.0.0.0", port),  # noqa: S104 - phones come over the network; a stranger sees nothing
            application,
            numthreads=6,
            server_name="ekbom",
            timeout=20,
            shutdown_timeout=2,
        )
        self._server.max_request_body_size = _MOST
        self._file = server_file(data, names=names, now=present.now())
        adapter = BuiltinSSLAdapter(str(self._file), str(self._file))
        adapter.context = server_context(self._file)
        self._server.ssl_adapter = adapter
        self._thread = threading.Thread(target=self._server.serve, name="home", daemon=True)

    def start(self) -> None:
        """Begin to serve; raises OSError if the port is taken."""
        self._server.prepare()
        self._thread.start()

    def stop(self) -> None:
        """Stop serving."""
        self._server.stop()
        self._thread.join(timeout=10)

    def renew(self, now: datetime) -> None:
        """Use a new certificate when the one in use is half over."""
        before = self._file.stat().st_mtime_ns
        server_file(self.data, names=self.names, now=now)
        if self._file.stat().st_mtime_ns != before:
            self._server.ssl_adapter.context.load_cert_chain(self._file)
