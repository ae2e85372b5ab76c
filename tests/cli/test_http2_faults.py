"""What a server can do wrong in HTTP/2 alone: every row comes, right, or an error that says what happened, and nothing hangs."""

import dataclasses
import re

import pytest
from cache_support import Cache, forget_waits, patience, truth, values
from h2.errors import ErrorCodes
from h2.settings import SettingCodes
from http2_server import LARGEST_FRAME, Connection, Fault, Http2Server
from hyperframe.frame import ContinuationFrame, DataFrame, HeadersFrame, PingFrame, PushPromiseFrame

pytestmark = pytest.mark.usefixtures("uncached")

MONTHS = ("ETHUSDT", "1h", "2024-01-01", "2024-12-31T23:00Z")  # twelve files
PAGES = ("ETHUSDT", "1m", "2024-03-01", "2024-03-05T23:59Z")  # of REST: eight
DAY = ("ETHUSDT", "1m", "2024-03-04", "2024-03-04T23:59Z")
ASKED = {"vision": (MONTHS, r"\.zip$"), "rest": (PAGES, r"/v3/klines")}
both = pytest.mark.parametrize("source", ASKED)


@dataclasses.dataclass
class GoesAway(Fault):
    """At the so-manieth request of a connection, counted from 1: what was asked before is answered, this one and all later are not."""

    at: int = 2
    abruptly: bool = False  # what was asked before is cut as well
    code: int = ErrorCodes.NO_ERROR

    def on_request(self, connection: Connection, stream: int, target: str) -> None:
        if stream == 2 * self.at - 1 and self.due(target):
            if self.abruptly:
                connection.bodies.clear()
            connection.go_away(max(stream - 2, 0), self.code)
        else:
            connection.answer(stream, target)


@dataclasses.dataclass
class Resets(Fault):
    """`after` that share of the body; None: before any answer."""

    code: int = ErrorCodes.REFUSED_STREAM
    after: float | None = None

    def strike(self, connection: Connection, stream: int, target: str) -> None:
        if self.after is None:
            connection.h2.reset_stream(stream, self.code)
        else:
            answer = connection.server.forward(target)
            connection.send(stream, answer, answer.body[: int(len(answer.body) * self.after)], then=self.code)


@dataclasses.dataclass
class WrongLength(Fault):
    """A body that is longer by so much than it should be, or shorter; content-length is right, or left out."""

    by: int = -10
    told: bool = True

    def strike(self, connection: Connection, stream: int, target: str) -> None:
        answer = connection.server.forward(target)
        if not self.told:
            del answer.headers["content-length"]
        connection.send(stream, answer, answer.body[: self.by] if self.by < 0 else answer.body + bytes(self.by))


@dataclasses.dataclass
class FewStreams(Fault):
    """So many streams at a time; once that is acknowledged, as many as `then`."""

    most: int = 1
    then: int | None = None
    acknowledged: int = 0

    def on_connection(self, connection: Connection) -> None:
        connection.h2.update_settings({SettingCodes.MAX_CONCURRENT_STREAMS: self.most})

    def on_settings_acknowledged(self, connection: Connection) -> None:
        connection.acknowledged = getattr(connection, "acknowledged", 0) + 1
        if self.then is not None and connection.acknowledged == 2:
            connection.h2.update_settings({SettingCodes.MAX_CONCURRENT_STREAMS: self.then})


class Dies(Fault):
    """The connection stays open, and nothing comes by it any more."""

    def strike(self, connection: Connection, stream: int, target: str) -> None:
        connection.is_dead = True


@dataclasses.dataclass
class Drips(Fault):
    bytes_per_second: int = 100_000

    def strike(self, connection: Connection, stream: int, target: str) -> None:
        connection.answer(stream, target, drip=self.bytes_per_second // 100)


@dataclasses.dataclass
class Pings(Fault):
    """So many before the answer; for ever and without an answer where that is None."""

    count: int | None = 300

    def strike(self, connection: Connection, stream: int, target: str) -> None:
        if self.count is not None:
            connection.write(*[PingFrame(0, bytes(8))] * self.count)
            connection.answer(stream, target)
        else:
            self.flood(connection)

    def flood(self, connection: Connection) -> None:
        connection.write(*[PingFrame(0, bytes(8))] * 100)
        connection.later(0.002, lambda: self.flood(connection))


class HugeHeader(Fault):
    """A header of 200 KB; an answer that can be understood without it has no body."""

    def strike(self, connection: Connection, stream: int, target: str) -> None:
        block = connection.h2.encoder.encode([(":status", "200"), ("x-huge", "~" * 200_000)], huffman=False)
        parts = [block[i : i + LARGEST_FRAME] for i in range(0, len(block), LARGEST_FRAME)]
        more = [ContinuationFrame(stream, part) for part in parts[1:]]
        more[-1].flags.add("END_HEADERS")
        connection.write(HeadersFrame(stream, parts[0], flags=["END_STREAM"]), *more)


class Pushes(Fault):
    """What nobody asked for, and every client of ours has forbidden."""

    def strike(self, connection: Connection, stream: int, target: str) -> None:
        asked = [(":method", "GET"), (":scheme", "https"), (":authority", "localhost"), (":path", "/pushed")]
        promise = PushPromiseFrame(stream, promised_stream_id=2, data=connection.h2.encoder.encode(asked), flags=["END_HEADERS"])
        connection.write(promise)
        connection.answer(stream, target)


@dataclasses.dataclass
class SpeaksOn(Fault):
    """More of a stream that has ended."""

    more: str = "data"
    ended: set = dataclasses.field(default_factory=set)

    def strike(self, connection: Connection, stream: int, target: str) -> None:
        self.ended.add((connection.number, stream))
        connection.answer(stream, target)

    def on_end(self, connection: Connection, stream: int) -> None:
        if (connection.number, stream) in self.ended and self.more == "data":
            connection.write(DataFrame(stream, b"rubbish" * 100, flags=["END_STREAM"]))
        elif (connection.number, stream) in self.ended:
            again = connection.h2.encoder.encode([(":status", "200"), ("content-length", "0")])
            connection.write(HeadersFrame(stream, again, flags=["END_HEADERS", "END_STREAM"]))


@dataclasses.dataclass
class Endless(Fault):
    """Zeros for ever; with the content-length of the right answer, or none."""

    told: bool = False

    def strike(self, connection: Connection, stream: int, target: str) -> None:
        answer = connection.server.forward(target)
        if not self.told:
            del answer.headers["content-length"]
        connection.send(stream, answer, answer.body, endless=True)


@pytest.fixture
def serve(kk, replica):
    """Starts the server with a fault; the command asks it from then on."""
    running = []

    def start(fault: Fault) -> Http2Server:
        running.append(Http2Server(replica, fault))
        kk.env |= running[-1].env
        return running[-1]

    yield start
    for server in running:
        server.__exit__()
        assert server.complaints == [], "the client broke the rules itself"


def right(replica, window):
    symbol, interval, start, end = window
    return truth(replica, "spot", symbol, interval, start, end)


# Each is over after a few times, and a client that tries again gets everything.
OVERCOME = {
    "goaway at the first": lambda **m: GoesAway(at=1, times=2),
    "goaway in the middle": lambda **m: GoesAway(at=2, times=3),
    "goaway later": lambda **m: GoesAway(at=4, times=3),
    "goaway, bodies cut": lambda **m: GoesAway(at=2, abruptly=True, code=ErrorCodes.INTERNAL_ERROR, times=2),
    "calm down": lambda **m: GoesAway(at=2, code=ErrorCodes.ENHANCE_YOUR_CALM, times=1),
    "refused": lambda **m: Resets(times=3, **m),
    "refused in the middle": lambda **m: Resets(skip=3, times=3, **m),
    "reset": lambda **m: Resets(code=ErrorCodes.INTERNAL_ERROR, after=0.5, times=3, **m),
    "cancelled": lambda **m: Resets(code=ErrorCodes.CANCEL, after=0.5, times=3, **m),
    "reset without an error": lambda **m: Resets(code=ErrorCodes.NO_ERROR, after=0.9, times=3, **m),
    "reset when all is there": lambda **m: Resets(code=ErrorCodes.INTERNAL_ERROR, after=1, times=3, **m),
    "too short": lambda **m: WrongLength(by=-10, times=3, **m),
    "too long": lambda **m: WrongLength(by=10, times=3, **m),
    "too short, no length": lambda **m: WrongLength(by=-10, told=False, times=1, **m),
    "too long, no length": lambda **m: WrongLength(by=10, told=False, times=1, **m),
    "one stream": lambda **m: FewStreams(most=1, **m),
    "no stream, then five": lambda **m: FewStreams(most=0, then=5, **m),
    "a drip": lambda **m: Drips(times=4, **m),
    "pings": lambda **m: Pings(times=5, **m),
    "a push": lambda **m: Pushes(times=2, **m),
    "data after the end": lambda **m: SpeaksOn(**m),
    "headers after the end": lambda **m: SpeaksOn(more="headers", **m),
    "endless, with a length": lambda **m: Endless(told=True, times=2, **m),
}


@both
@pytest.mark.parametrize("fault", OVERCOME)
def test_what_passes_costs_no_candle(kk, serve, replica, source, fault):
    window, match = ASKED[source]
    server = serve(OVERCOME[fault](match=match))
    result, report = kk.report(*window, source)
    assert values(result) == right(replica, window)
    assert report["complete"] and report["missing"] == [] and report["conflicts"] == []
    assert server.fault.happened >= 1 or fault == "goaway later", "which nobody comes to who has many connections"


# Each stays: the exit code, and a word of what is told.
LASTING = {
    "goaway at the first": (lambda **m: GoesAway(at=1), 8, "HTTP/?2|closed|goaway|GOAWAY|went away|sends us away"),
    "refused": (lambda **m: Resets(**m), 8, "HTTP/?2|closed|refused|reset|stream"),
    "asks for HTTP/1.1": (lambda **m: Resets(code=ErrorCodes.HTTP_1_1_REQUIRED, **m), 8, "HTTP/|closed|refused|reset|stream|broken"),  # which it does not speak
    "reset": (lambda **m: Resets(code=ErrorCodes.INTERNAL_ERROR, after=0.5, **m), 8, "HTTP/?2|reset|stream|shorter"),
    "too short": (lambda **m: WrongLength(by=-10, **m), 8, "HTTP/?2|stream|shorter|whole"),
    "too long": (lambda **m: WrongLength(by=10, **m), 8, "HTTP/?2|stream|longer|whole"),
    "too short, no length": (lambda **m: WrongLength(by=-10, told=False, **m), 4, "not a zip|not a JSON array|checksum"),
    "too long, no length": (lambda **m: WrongLength(by=10, told=False, **m), 4, "not a zip|not a JSON array|checksum"),
    "no stream": (lambda **m: FewStreams(most=0, **m), 8, "no answer|in time"),
    "dies": (lambda **m: Dies(**m), 8, "no answer|in time"),
    "dies under many": (lambda **m: Dies(skip=4, **m), 8, "no answer|in time|whole"),
    "a slow drip": (lambda **m: Drips(bytes_per_second=200, **m), 8, "whole within|no answer"),
    "pings for ever": (lambda **m: Pings(count=None, **m), 8, "no answer|HTTP/?2|closed|flood"),
    "a huge header": (lambda **m: HugeHeader(**m), 8, "header|HTTP/?2|no answer|closed"),
    "pushes": (lambda **m: Pushes(**m), 8, "HTTP/?2|closed|push|no answer"),
    "endless, with a length": (lambda **m: Endless(told=True, **m), 8, "HTTP/?2|stream|longer|whole"),
}


@both
@pytest.mark.parametrize("fault", LASTING)
def test_what_stays_is_named_and_leaves_nothing_false(kk, serve, replica, source, fault):
    """And once the host is sound again, so is the answer."""
    window, match = ASKED[source]
    make, code, told = LASTING[fault]
    kk.cached = True
    patience(kk, 1500 if code == 8 else 30_000)  # little where only it ends the request, and where it does not, enough for a busy machine
    serve(make(match=match))
    result = kk.get(*window, source)
    assert (result.code, result.out) == (code, b""), result.err
    # Of a last try that was begun when little of the patience was left, or shared a connection that ended under others.
    told += "|the last: no answer within|whole within|the last: connection broken"
    assert re.search(told, result.err) and "missing 2024-" in result.err, result.err
    Cache(kk).assert_sound()
    forget_waits(kk)
    serve(Fault())
    assert values(kk.get(*window, source)) == right(replica, window)
    Cache(kk).assert_sound()


@pytest.mark.parametrize("source, match", [("rest", r"/v3/klines"), ("vision", r"2024-03-04\.zip$")])
def test_an_endless_body_is_cut(kk, serve, replica, source, match):
    """Without a length nothing says how much it will be, but what a month or a page can be at most."""
    replica.fault(match="/monthly/", kind="missing")
    serve(Endless(match=match))
    result = kk.get(*DAY, source)
    assert result.code in (3, 4) and result.out == b""
    assert "larger than" in result.err, result.err


@both
@pytest.mark.parametrize("make", [lambda **m: Dies(skip=2, times=1, **m), lambda **m: HugeHeader(skip=1, times=1, **m), lambda **m: Pings(count=None, times=1, **m)], ids=["dies", "huge", "pings"])
def test_one_connection_that_is_lost_in_silence(kk, serve, replica, source, make):
    """With those who were under way on it: each comes by another, or the run ends in time and says that no answer came."""
    window, match = ASKED[source]
    patience(kk, 2500)
    serve(make(match=match))
    result = kk.get(*window, source)
    if result.code == 0:
        assert values(result) == right(replica, window)
    else:
        assert (result.code, result.out) == (8, b"") and "missing 2024-" in result.err, result.err


@both
def test_rest_makes_good_what_the_archive_breaks(kk, serve, replica, source):
    """AUTO, with one source broken for good."""
    patience(kk, 2500)
    broken = ASKED["rest" if source == "vision" else "vision"][1]
    serve(Resets(match=broken, code=ErrorCodes.INTERNAL_ERROR, after=0.5))
    assert values(kk.get(*DAY, "auto")) == right(replica, DAY)


def test_a_sound_server(kk, serve, replica):
    server = serve(Fault())
    for source, (window, _) in ASKED.items():
        assert values(kk.get(*window, source)) == right(replica, window)
    assert len(server.asked) == len(replica.log())
