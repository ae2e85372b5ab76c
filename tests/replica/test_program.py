"""The program itself: its options, its first lines, its end; the clock, the log, TLS, and how fast it serves."""

import hashlib
import signal
import ssl
import subprocess
import time

import pytest

from helpers import eventually, key_of
from replica_process import BINARY, Replica, to_ms


def run(*arguments):
    return subprocess.run([BINARY, *arguments], capture_output=True, text=True, timeout=30)


def test_help_says_what_there_is():
    result = run("--help")
    assert result.returncode == 0
    options = ("--port", "--now", "--frozen", "--delay-hours", "--seed", "--fixtures", "--https-port", "--certificate", "--round-trip-ms", "--bytes-per-second")
    assert all(option in result.stdout for option in options)


@pytest.mark.parametrize("arguments", [["--now", "yesterday"], ["--port", "x"], ["--nonsense"], ["--port", "99999"]])
def test_bad_options(arguments):
    result = run(*arguments)
    assert result.returncode == 2 and result.stdout == "" and result.stderr


def test_a_port_in_use_is_an_error(replica):
    result = run("--port", str(replica.port))
    assert result.returncode == 1 and "klinekeep-replica:" in result.stderr


@pytest.mark.parametrize("end", [signal.SIGINT, signal.SIGTERM])
def test_ends_at_once_with_0(end):
    process = subprocess.Popen([BINARY], stdout=subprocess.PIPE, text=True)
    assert process.stdout.readline().strip().isdigit()
    process.send_signal(end)
    assert process.wait(timeout=30) == 0
    process.stdout.close()


def test_ends_while_a_request_hangs():
    import socket

    replica = Replica()
    replica.fault(match="ping", kind="hang")
    connection = socket.create_connection(("127.0.0.1", replica.port), timeout=30)
    connection.sendall(b"GET /api/v3/ping HTTP/1.1\r\nHost: replica\r\n\r\n")
    assert eventually(lambda: replica.log("ping"))
    assert replica.stop() == 0
    connection.close()


def test_the_clock_runs_on_or_stands_still():
    with Replica(now="2024-02-29T00:00:00Z") as running, Replica(now=to_ms("2024-02-29T00:00:00Z"), frozen=True) as frozen:
        start = to_ms("2024-02-29T00:00:00Z")
        assert eventually(lambda: running.clock() > start)
        assert running.clock() < start + 60_000
        assert frozen.clock() == start
        assert frozen.clock(advance_ms=86_400_000) == to_ms("2024-03-01T00:00:00Z")
        assert frozen.clock("2023-01-01T00:00:00Z") == to_ms("2023-01-01T00:00:00Z")
        assert running.clock("2023-01-01T00:00:00Z") >= to_ms("2023-01-01T00:00:00Z")


def test_without_now_it_is_now():
    with Replica() as replica:
        assert abs(replica.clock() - time.time() * 1000) < 60_000


def test_delay_hours():
    key = "/" + key_of("spot", "ETHUSDT", "1d", "2026-02-10")
    with Replica(now="2026-02-12T05:59:59Z", frozen=True, delay_hours=30) as replica:
        assert replica.get(key).status == 404
        replica.clock("2026-02-12T06:00:00Z")
        assert replica.get(key).status == 200


def test_the_log(replica):
    replica.clock("2024-06-01T12:00:00Z")
    replica.get("/api/v3/klines?symbol=BTCUSDT&interval=1h&limit=1")
    replica.get("/data/no%20such%2Fkey")
    first, second = replica.log()
    assert (first["n"], first["method"], first["path"], first["status"]) == (1, "GET", "/api/v3/klines", 200)
    assert first["query"] == {"symbol": "BTCUSDT", "interval": "1h", "limit": "1"}
    assert first["target"] == "/api/v3/klines?symbol=BTCUSDT&interval=1h&limit=1"
    assert first["at"] == "2024-06-01T12:00:00.000Z" and first["bytes"] > 100 and first["fault"] is None
    assert (second["path"], second["status"]) == ("/data/no such/key", 404)
    replica.clear_log()
    assert replica.log() == []


def test_admin_errors(replica):
    for method, name, body in (
        ("POST", "clock", {"now": "noon"}),
        ("POST", "budget", {"market": "moon"}),
        ("POST", "rebuild", {"key": "data/none.zip"}),
        ("GET", "rows?market=spot&symbol=NOSUCH&interval=1m&from=0&to=1", None),
        ("GET", "nonsense", None),
    ):
        with pytest.raises(ValueError):
            replica.admin(method, name, body)
    assert replica.request("POST", "/_replica/faults", body="{not json").status == 400


def test_only_get_and_head_upstream(replica):
    assert replica.request("POST", "/api/v3/ping", body="{}").status == 405


def test_https(replica):
    plain = replica.get("/api/v3/klines?symbol=BTCUSDT&interval=1h&limit=9")
    secure = replica.get("/api/v3/klines?symbol=BTCUSDT&interval=1h&limit=9", https=True)
    assert secure.body == plain.body
    with pytest.raises(ssl.SSLCertVerificationError):
        untrusting = replica.connect(https=True)
        untrusting._context = ssl.create_default_context()
        untrusting.request("GET", "/api/v3/ping")


def test_wire_faults_over_https(replica):
    replica.fault(match="ping", kind="reset", times=1)
    with pytest.raises(OSError):
        replica.get("/api/v3/ping", https=True)
    assert replica.get("/api/v3/ping", https=True).text == "{}"


def test_a_link_takes_its_time_and_changes_no_byte(replica):
    """At least what it says: more is the machine's."""
    target = "/" + key_of("spot", "BTCUSDT", "1h", "2021-01")
    body = replica.get(target).body
    asked = {"round_trip_ms": 20, "bytes_per_second": 400_000}
    assert replica.admin("POST", "link", asked) == asked == replica.admin("GET", "info")["link"]
    for https, round_trips in ((False, 2), (True, 3)):
        start = time.monotonic()
        assert replica.get(target, https=https).body == body
        assert time.monotonic() - start >= round_trips * 0.020 + len(body) / 400_000
    assert replica.admin("POST", "link", {"round_trip_ms": 0, "bytes_per_second": 0})["bytes_per_second"] == 0


def test_throughput(replica, capsys):
    """Prints how fast a month of seconds is made and served; judges only that it is right."""
    target = "/" + key_of("spot", "DOGEUSDT", "1s", "2025-03")
    report = []
    for name, https in (("made and served", False), ("http", False), ("https", True)):
        start = time.perf_counter()
        body = replica.get(target, https=https).body
        seconds = time.perf_counter() - start
        report.append(f"{name} {seconds:.2f} s, {len(body) / seconds / 1e6:.0f} MB/s")
    with capsys.disabled():
        print(f"\n  {len(body) / 1e6:.0f} MB: " + "; ".join(report))
    assert replica.get(target + ".CHECKSUM").text.split()[0] == hashlib.sha256(body).hexdigest()
