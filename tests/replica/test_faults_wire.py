"""Faults of transport, seen on a raw socket."""

import contextlib
import socket
import ssl

import pytest

from helpers import eventually, key_of

KEY = "/" + key_of("spot", "BTCUSDT", "1h", "2021-01")
PING = "/api/v3/ping"


def ask(replica, target, fields=""):
    connection = socket.create_connection(("127.0.0.1", replica.port), timeout=30)
    connection.sendall(f"GET {target} HTTP/1.1\r\nHost: replica\r\n{fields}\r\n".encode())
    return connection


class Raw:
    """Everything that comes back on one connection, until it ends: head, body, and whether it ended by a reset."""

    def __init__(self, replica, target):
        self.reset, received = False, b""
        with contextlib.closing(ask(replica, target, "Connection: close\r\n")) as connection:
            try:
                while piece := connection.recv(1 << 16):
                    received += piece
            except ConnectionResetError:
                self.reset = True
        self.head, _, self.body = received.partition(b"\r\n\r\n")
        lines = self.head.decode().split("\r\n")
        self.status_line = lines[0]
        self.headers = dict(line.lower().split(": ", 1) for line in lines[1:])


@pytest.fixture
def body(replica):
    return replica.get(KEY).body


def test_a_good_answer(replica, body):
    raw = Raw(replica, KEY)
    assert (raw.status_line, raw.body, raw.reset) == ("HTTP/1.1 200 OK", body, False)
    assert int(raw.headers["content-length"]) == len(body)


def test_reset_before_any_byte(replica):
    replica.fault(match="2021-01", kind="reset")
    raw = Raw(replica, KEY)
    assert (raw.head, raw.body, raw.reset) == (b"", b"", True)


def test_reset_in_the_middle(replica, body):
    replica.fault(match="2021-01", kind="reset", after_bytes=1000)
    raw = Raw(replica, KEY)
    assert (raw.body, raw.reset) == (body[:1000], True)
    assert int(raw.headers["content-length"]) == len(body)


def test_truncate(replica, body):
    replica.fault(match="2021-01", kind="truncate", after_bytes=777)
    raw = Raw(replica, KEY)
    assert (raw.body, raw.reset) == (body[:777], False)
    assert int(raw.headers["content-length"]) == len(body)


@pytest.mark.parametrize("delta", [-5, 5])
def test_lie_length(replica, body, delta):
    replica.fault(match="2021-01", kind="lie_length", delta=delta)
    raw = Raw(replica, KEY)
    assert raw.body == body and int(raw.headers["content-length"]) == len(body) + delta


def test_no_length(replica, body):
    replica.fault(match="2021-01", kind="no_length")
    raw = Raw(replica, KEY)
    assert raw.body == body and "content-length" not in raw.headers and raw.headers["connection"] == "close"


def test_chunked(replica, body):
    replica.fault(match="2021-01", kind="chunked")
    raw = Raw(replica, KEY)
    assert raw.headers["transfer-encoding"] == "chunked" and "content-length" not in raw.headers
    assert raw.body.endswith(b"\r\n0\r\n\r\n") and raw.body.split(b"\r\n")[0] == f"{len(body):x}".encode()
    assert replica.get(KEY).body == body


def test_chunked_and_cut(replica, body):
    replica.fault(match="2021-01", kind="chunked")
    replica.fault(match="2021-01", kind="truncate", after_bytes=100)
    raw = Raw(replica, KEY)
    assert raw.body.startswith(b"64\r\n" + body[:100]) and not raw.body.endswith(b"0\r\n\r\n")


def test_drip_delivers_all_of_it_in_portions(replica):
    replica.fault(match="exchangeInfo", kind="drip", bytes_per_second=2_000_000)
    replica.fault(match="ping", kind="drip", bytes_per_second=10)
    answer = replica.get("/dapi/v1/exchangeInfo")
    assert len(answer.body) == int(answer.headers["content-length"]) > 10_000 and answer.json()["symbols"]
    with contextlib.closing(ask(replica, PING)) as connection:
        received = b""
        while b"\r\n\r\n" not in received:
            received += connection.recv(1)
        assert connection.recv(100) + connection.recv(100) == b"{}"


def test_latency_leaves_the_answer_as_it_is(replica):
    replica.fault(match="ping", kind="latency", ms=30)
    assert replica.get(PING).text == "{}"
    assert replica.log()[0]["fault"] == "latency"


def test_hang_takes_the_request_and_says_nothing(replica):
    replica.fault(match="ping", kind="hang")
    connection = ask(replica, PING)
    assert eventually(lambda: replica.log("ping"))  # it has arrived
    assert (replica.log()[0]["status"], replica.log()[0]["fault"]) == (0, "hang")
    connection.setblocking(False)
    with pytest.raises(BlockingIOError):
        connection.recv(1)
    connection.close()


def test_tls_says_goodbye_unless_it_is_cut_off(replica, body):
    def read_to_the_end():
        trust = ssl.create_default_context(cafile=str(replica.certificate))
        trust.options &= ~ssl.OP_IGNORE_UNEXPECTED_EOF  # which Debian's OpenSSL sets
        plain = socket.create_connection(("127.0.0.1", replica.https_port), timeout=30)
        with trust.wrap_socket(plain, server_hostname="localhost", suppress_ragged_eofs=False) as connection:
            connection.sendall(f"GET {KEY} HTTP/1.1\r\nHost: replica\r\n\r\n".encode())
            received = b""
            while piece := connection.recv(1 << 16):
                received += piece
            return received.partition(b"\r\n\r\n")[2]

    replica.fault(match="2021-01", kind="no_length", times=1)
    assert read_to_the_end() == body
    replica.fault(match="2021-01", kind="truncate", after_bytes=777, times=1)
    with pytest.raises(ssl.SSLError, match="EOF"):
        read_to_the_end()


def test_one_connection_serves_many_requests(replica):
    with contextlib.closing(replica.connect()) as connection:
        for target in (PING, KEY, "/nothing", PING):
            connection.request("GET", target)
            connection.getresponse().read()
    assert len({entry["connection"] for entry in replica.log()}) == 1
    replica.get(PING)
    assert len({entry["connection"] for entry in replica.log()}) == 2


def test_a_slow_answer_holds_up_nobody_else(replica):
    replica.fault(match="ping", kind="hang")
    connections = [ask(replica, PING) for _ in range(4)]
    assert replica.get("/api/v3/time").status == 200
    for connection in connections:
        connection.close()


def test_the_log_counts_the_bytes_that_were_sent(replica, body):
    replica.fault(match="2021-01", kind="truncate", after_bytes=777, times=1)
    Raw(replica, KEY)
    Raw(replica, KEY)
    replica.request("HEAD", KEY)
    assert [entry["bytes"] for entry in replica.log()[1:]] == [777, len(body), 0]
