"""A server before the replica that holds requests until enough of them are there at once: what is parallel passes, what is not
never does."""

from __future__ import annotations

import http.client
import http.server
import re
import threading
import urllib.parse

from replica_process import Replica


class Gate:
    """Forwards to the replica. Requests whose target matches wait until `together` of them wait, or until `open`."""

    def __init__(self, replica: Replica, match: str, together: int):
        gate = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self):
                if re.search(match, urllib.parse.unquote(self.path)):
                    gate._wait()
                upstream = http.client.HTTPConnection("127.0.0.1", replica.port)
                upstream.request("GET", self.path)
                answer = upstream.getresponse()
                body = answer.read()
                upstream.close()
                self.send_response_only(answer.status)
                for name, value in answer.getheaders():
                    if name.lower() not in ("connection", "keep-alive"):
                        self.send_header(name, value)
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_):
                pass

        self.most = 0  # that waited at once
        self._together, self._waiting, self._is_open = together, 0, False
        self._changed = threading.Condition()
        self._server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)
        self._thread.start()

    def _wait(self) -> None:
        with self._changed:
            self._waiting += 1
            self.most = max(self.most, self._waiting)
            if self._waiting >= self._together:
                self._is_open = True
                self._changed.notify_all()
            self._changed.wait_for(lambda: self._is_open)
            self._waiting -= 1

    def open(self) -> None:
        with self._changed:
            self._is_open = True
            self._changed.notify_all()

    @property
    def waiting(self) -> int:
        with self._changed:
            return self._waiting

    def __enter__(self) -> Gate:
        return self

    def __exit__(self, *_) -> None:
        self.open()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()
