"""A small HTTP/2 server before the replica, for faults that a sound server cannot be brought to make.

It answers each request with the replica's answer. What goes wrong is said by a Fault; the server keeps the wire's state by h2, but
what h2 would refuse to send is written as frames of our own.
"""

from __future__ import annotations

import asyncio
import contextlib
import dataclasses
import pathlib
import re
import ssl
import tempfile
import threading
import urllib.parse

import h2.config
import h2.connection
import h2.events
import h2.exceptions
import hyperframe.frame
from certificate_files import CertificateFiles
from replica_process import Answer, Replica

LARGEST_FRAME = 16_384
FRAMES_AT_ONCE = 4


@dataclasses.dataclass
class Fault:
    """Sound as it is. Others differ in one thing; what `match` does not name is served soundly by all of them."""

    match: str = ""
    times: int = 1_000_000  # how often it happens
    skip: int = 0  # so many that it could happen to are served soundly before
    happened: int = 0

    def due(self, target: str) -> bool:
        """Whether it happens to this request; counts that."""
        if self.happened >= self.times or not re.search(self.match, urllib.parse.unquote(target)):
            return False
        if self.skip > 0:
            self.skip -= 1
            return False
        self.happened += 1
        return True

    def on_connection(self, connection: Connection) -> None:
        """The server's SETTINGS are on their way."""

    def on_settings_acknowledged(self, connection: Connection) -> None:
        """Once for those that each server sends, and once for those of on_connection."""

    def on_request(self, connection: Connection, stream: int, target: str) -> None:
        if self.due(target):
            self.strike(connection, stream, target)
        else:
            connection.answer(stream, target)

    def strike(self, connection: Connection, stream: int, target: str) -> None:
        """In the place of a sound answer."""
        connection.answer(stream, target)

    def on_end(self, connection: Connection, stream: int) -> None:
        """The stream has had its END_STREAM."""


@dataclasses.dataclass(frozen=True)
class Asked:
    connection: int
    stream: int
    target: str


@dataclasses.dataclass
class Body:
    """What is still to be sent of one answer."""

    data: bytes
    endless: bool = False  # zeros, for ever
    drip: int | None = None  # so many bytes a hundredth of a second
    then: int | None = None  # a reset with this code, in the place of an end
    rests: bool = False  # until the next drop


class Connection(asyncio.Protocol):
    """One connection, in the server's thread."""

    def __init__(self, server: Http2Server):
        self.server, self.fault = server, server.fault
        self.is_dead = False  # it takes everything and says nothing
        self.last_served: int | None = None  # after a GOAWAY: the last stream that is answered
        self.bodies: dict[int, Body] = {}

    # -- asyncio -----------------------------------------------------------------------------------------------------------

    def connection_made(self, transport) -> None:
        self.transport = transport
        self.server.connections.append(self)
        self.number = len(self.server.connections)
        self.h2 = h2.connection.H2Connection(h2.config.H2Configuration(client_side=False, header_encoding="utf-8"))
        self.h2.initiate_connection()
        self.fault.on_connection(self)
        self.flush()

    def connection_lost(self, _) -> None:
        self.is_dead = True

    def data_received(self, data: bytes) -> None:
        if self.is_dead:
            return
        try:
            events = self.h2.receive_data(data)
        except h2.exceptions.ProtocolError as error:
            self.server.complaints.append(str(error))
            self.flush()
            self.transport.close()
            return
        with contextlib.suppress(h2.exceptions.ProtocolError):  # what is said to who has gone meanwhile
            for event in events:
                self.handle(event)
        self.pump()

    def handle(self, event) -> None:
        if isinstance(event, h2.events.RequestReceived):
            target = dict(event.headers)[":path"]
            self.server.asked.append(Asked(self.number, event.stream_id, target))
            if self.last_served is None and not self.is_dead:
                self.fault.on_request(self, event.stream_id, target)
        elif isinstance(event, h2.events.StreamReset):
            self.bodies.pop(event.stream_id, None)
        elif isinstance(event, h2.events.SettingsAcknowledged):
            self.fault.on_settings_acknowledged(self)

    # -- what answers and faults are made of -------------------------------------------------------------------------------

    def answer(self, stream: int, target: str, **body) -> None:
        """The replica's answer; `body` says how it goes out."""
        answer = self.server.forward(target)
        self.send(stream, answer, answer.body, **body)

    def send(self, stream: int, answer: Answer, data: bytes, **body) -> None:
        of_http1 = ("connection", "keep-alive", "transfer-encoding")
        headers = [(name, value) for name, value in answer.headers.items() if name not in of_http1]
        self.h2.send_headers(stream, [(":status", str(answer.status)), *headers])
        self.bodies[stream] = Body(data, **body)

    def write(self, *frames) -> None:
        """Frames as they are, after all that is due."""
        self.flush()
        if self.is_open():
            self.transport.write(b"".join(frame.serialize() for frame in frames))

    def go_away(self, last_stream: int, code: int = 0) -> None:
        """What was asked up to `last_stream` is answered to its end, all others never."""
        self.write(hyperframe.frame.GoAwayFrame(0, last_stream_id=last_stream, error_code=code))
        self.last_served = last_stream

    def later(self, seconds: float, call) -> None:
        self.server.loop.call_later(seconds, lambda: self.is_open() and call())

    # -- bodies ------------------------------------------------------------------------------------------------------------

    def pump(self) -> None:
        """Sends of each body what the windows allow, a frame of each in turn."""
        for _ in range(FRAMES_AT_ONCE):
            if not self.is_open():
                return
            moved = [self._send_some(stream) for stream in list(self.bodies)]
            self.flush()
            if not any(moved):
                break
        else:  # others have their turn, and it may turn out that nobody hears us
            self.later(0.001, self.pump)
        if self.last_served is not None and not self.bodies:
            self.transport.close()

    def is_open(self) -> bool:
        return not self.is_dead and not self.transport.is_closing()

    def _send_some(self, stream: int) -> bool:
        """Whether there may be more to send at once."""
        body = self.bodies[stream]
        room = min(self.h2.local_flow_control_window(stream), LARGEST_FRAME, body.drip or LARGEST_FRAME)
        part = bytes(room) if body.endless else body.data[:room]
        if body.rests or (not part and body.data):
            return False
        body.data = body.data[len(part) :]
        is_last = not body.data and not body.endless
        self.h2.send_data(stream, part, end_stream=is_last and body.then is None)
        if is_last:
            del self.bodies[stream]
            if body.then is not None:
                self.h2.reset_stream(stream, body.then)
            else:
                self.fault.on_end(self, stream)
        elif body.drip:
            body.rests = True
            self.later(0.01, lambda: self._drop(body))
        return True

    def _drop(self, body: Body) -> None:
        body.rests = False
        self.pump()

    def flush(self) -> None:
        if self.is_open():
            self.transport.write(self.h2.data_to_send())


class Http2Server:
    """A context manager. `url` and `env` for the client; `asked`, `connections` and `complaints` for the test."""

    def __init__(self, replica: Replica, fault: Fault | None = None):
        self.replica, self.fault = replica, fault or Fault()
        self.asked: list[Asked] = []
        self.connections: list[Connection] = []
        self.complaints: list[str] = []  # of what the client must not send
        self._directory = tempfile.TemporaryDirectory(prefix="klinekeep-http2-")
        files = CertificateFiles(pathlib.Path(self._directory.name))
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(files.certificate, files.key)
        context.set_alpn_protocols(["h2"])
        self.loop = asyncio.new_event_loop()
        listening = self.loop.create_server(lambda: Connection(self), "127.0.0.1", 0, ssl=context, backlog=256)
        self._server = self.loop.run_until_complete(listening)
        self.url = f"https://127.0.0.1:{self._server.sockets[0].getsockname()[1]}"
        self.env = {"KLINEKEEP_REST_URL": self.url, "KLINEKEEP_VISION_URL": self.url, "SSL_CERT_FILE": str(files.certificate)}
        self._thread = threading.Thread(target=self.loop.run_forever)
        self._thread.start()

    def __enter__(self) -> Http2Server:
        return self

    def __exit__(self, *_) -> None:
        asyncio.run_coroutine_threadsafe(self._end(), self.loop).result(timeout=30)
        self.loop.call_soon_threadsafe(self.loop.stop)
        self._thread.join()
        self.loop.close()
        self._directory.cleanup()

    async def _end(self) -> None:
        self._server.close()
        for connection in self.connections:
            connection.is_dead = True
            connection.transport.abort()

    def forward(self, target: str) -> Answer:
        return self.replica.request("GET", target)
