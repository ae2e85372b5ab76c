"""Faults that replace an answer or its headers, and the rules that bring them about."""

import json

import pytest

from helpers import key_of
from replica_process import to_ms

PING = "/api/v3/ping"
ZIP = "/" + key_of("spot", "BTCUSDT", "1d", "2018-02-08")


@pytest.mark.parametrize(
    ("target", "status", "kind", "words"),
    [
        (PING, 418, "application/json", "IP banned until"),
        (PING, 429, "application/json", "Too much request weight used"),
        (PING, 403, "text/html", "403 Forbidden"),
        (PING, 404, "text/html", "404 Not Found"),
        (PING, 451, "application/json", "restricted location"),
        (PING, 500, "text/html", "500"),
        (PING, 502, "text/html", "502"),
        (PING, 503, "application/json", "-1008"),
        (PING, 504, "application/json", "-1007"),
        (ZIP, 403, "application/xml", "AccessDenied"),
        (ZIP, 404, "application/xml", "NoSuchKey"),
        (ZIP, 500, "application/xml", "InternalError"),
        (ZIP, 503, "application/xml", "SlowDown"),
    ],
)
def test_default_bodies(replica, target, status, kind, words):
    replica.fault(match=".", kind="status", status=status)
    answer = replica.get(target)
    assert answer.status == status and answer.headers["content-type"].startswith(kind) and words in answer.text
    assert "retry-after" not in answer.headers
    if kind == "application/json":
        assert "code" in answer.json()
    if status == 451:
        assert answer.text.startswith("{\n") and answer.json()["code"] == 0


def test_status_with_everything(replica):
    replica.fault(match="ping", kind="status", status=429, body="no", content_type="text/plain", retry_after="Wed, 21 Oct 2026",
                  headers={"X-Odd": "1"})
    answer = replica.get(PING)
    assert (answer.status, answer.text, answer.headers["content-type"]) == (429, "no", "text/plain")
    assert (answer.headers["retry-after"], answer.headers["x-odd"]) == ("Wed, 21 Oct 2026", "1")
    assert "x-mbx-used-weight-1m" in answer.headers and "date" in answer.headers


def test_html_body_redirect(replica):
    replica.fault(match="ping", kind="html", times=1)
    answer = replica.get(PING)
    assert (answer.status, answer.headers["content-type"]) == (200, "text/html") and "<html>" in answer.text
    replica.fault(match="ping", kind="body", text="[[1,", content_type="application/json", times=1)
    answer = replica.get(PING)
    assert (answer.status, answer.text, answer.headers["content-type"]) == (200, "[[1,", "application/json")
    replica.fault(match="ping", kind="redirect", location="/api/v3/time", times=1)
    answer = replica.get(PING)
    assert (answer.status, answer.headers["location"]) == (302, "/api/v3/time")
    assert replica.get(PING).text == "{}"


def test_clock_skew_moves_the_date_and_the_server_s_time(replica):
    replica.clock("2024-06-01T12:00:00Z")
    replica.fault(match="/api/v3/time", kind="clock_skew", ms=-90_000)
    answer = replica.get("/api/v3/time")
    assert answer.headers["date"] == "Sat, 01 Jun 2024 11:58:30 GMT"
    assert answer.json()["serverTime"] == to_ms("2024-06-01T11:58:30Z")
    assert replica.get(PING).headers["date"] == "Sat, 01 Jun 2024 12:00:00 GMT"


def test_no_date(replica):
    replica.fault(match="ping", kind="no_date")
    assert "date" not in replica.get(PING).headers


def test_skip_and_times(replica):
    replica.fault(match="ping", kind="status", status=503, skip=2, times=2)
    assert [replica.get(PING).status for _ in range(6)] == [200, 200, 503, 503, 200, 200]
    (rule,) = replica.faults()
    assert rule["fired"] == 2 and rule["match"] == "ping" and rule["kind"] == "status"


def test_match_is_a_pattern_on_the_decoded_target(replica):
    replica.fault(match=r"^/api/v3/klines\?symbol=币安人生USDT&.*limit=1$", kind="status", status=500)
    assert replica.get("/api/v3/klines?symbol=币安人生USDT&interval=1h&limit=1").status == 500
    assert replica.get("/api/v3/klines?symbol=币安人生USDT&interval=1h&limit=12").status == 200


def test_several_faults_fire_together_and_the_log_tells(replica):
    replica.fault(match="ping", kind="no_date")
    replica.fault(match="ping", kind="status", status=500)
    answer = replica.get(PING)
    assert answer.status == 500 and "date" not in answer.headers
    assert replica.log("ping")[0]["fault"] == "no_date,status"


def test_clear(replica):
    replica.fault(match="ping", kind="status", status=500)
    replica.clear()
    assert replica.get(PING).status == 200 and replica.faults() == []


def test_many_rules_at_once_or_none(replica):
    for bad in ({"match": "b", "kind": "nonsense"}, {"match": "(", "kind": "hang"}):
        with pytest.raises(ValueError, match="nonsense|ECMAScript"):
            replica.admin("POST", "faults", [{"match": "a", "kind": "hang"}, bad])
        assert replica.faults() == []
    assert len(replica.admin("POST", "faults", [{"match": "a", "kind": "hang"}] * 2)["rules"]) == 2


@pytest.mark.parametrize(
    "rule",
    [
        {},
        {"kind": "hang"},
        {"match": "x"},
        {"match": "x", "kind": "status"},
        {"match": "x", "kind": "status", "status": "500"},
        {"match": "x", "kind": "hang", "ms": 3},
        {"match": "(", "kind": "hang"},
        {"match": "x", "kind": "hang", "times": 1.5},
        {"match": "x", "kind": "duplicate_rows", "every": 0},
        {"match": "x", "kind": "drop_rows", "from": "yesterday", "to": "2024-01-01"},
        {"match": "x", "kind": "partial_day", "until": "noon"},
        {"match": "x", "kind": "crlf", "checksum": "maybe"},
        [1],
    ],
    ids=json.dumps,
)
def test_rules_that_cannot_be_are_refused(replica, rule):
    with pytest.raises(ValueError):
        replica.admin("POST", "faults", rule)
    assert replica.faults() == []
