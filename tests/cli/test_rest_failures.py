"""REST when things go wrong: each kind of failure, through the real program."""

import pytest

pytestmark = pytest.mark.usefixtures("uncached")

WINDOW = ("2024-03-04T00:00Z", "2024-03-04T23:00Z")
KLINES = "/klines"


def get(kk, *more, **options):
    return kk.report("BTCUSDT", "1h", *WINDOW, "rest", *more, **options)


@pytest.fixture
def truth(kk, replica):
    out = kk.get("BTCUSDT", "1h", *WINDOW, "rest").ok().out
    replica.clear_log()
    return out


def patience(kk, milliseconds: int):
    """A request's time in all, 30 s by default."""
    config = kk.home / "config" / "klinekeep" / "config.toml"
    config.parent.mkdir(parents=True, exist_ok=True)
    config.write_text(f"request_timeout_ms = {milliseconds}\n")


def test_unknown_symbol(kk):
    result = kk.get("NOSUCHUSDT", "1h", *WINDOW, "rest")
    assert (result.code, result.out) == (7, b"")
    assert "-1121" in result.err


@pytest.mark.parametrize("status", [500, 502, 503, 504])
def test_5xx_is_asked_again(kk, replica, truth, status):
    """Pitfall 21."""
    replica.fault(match=KLINES, kind="status", status=status, times=2)
    result, report = get(kk)
    assert result.ok().out == truth
    assert [e["status"] for e in replica.log(KLINES)] == [status, status, 200]
    assert report["requests"] == 3


@pytest.mark.parametrize(
    "rule",
    [{"kind": "reset", "after_bytes": 0}, {"kind": "reset", "after_bytes": 700}, {"kind": "truncate", "after_bytes": 700}, {"kind": "lie_length", "delta": 500}],
    ids=str,
)
def test_broken_transfers_are_asked_again(kk, replica, truth, rule):
    replica.fault(match=KLINES, times=2, **rule)
    assert get(kk)[0].ok().out == truth
    assert len(replica.log(KLINES)) == 3


@pytest.mark.parametrize("rule", [{"kind": "no_length"}, {"kind": "chunked"}, {"kind": "latency", "ms": 50}, {"kind": "drip", "bytes_per_second": 200_000}], ids=str)
def test_odd_but_whole_answers_are_answers(kk, replica, truth, rule):
    replica.fault(match=KLINES, **rule)
    assert get(kk)[0].ok().out == truth


@pytest.mark.parametrize("rule", [{"kind": "hang"}, {"kind": "drip", "bytes_per_second": 20}, {"kind": "status", "status": 503}, {"kind": "reset", "after_bytes": 10}], ids=str)
def test_a_host_that_never_answers_is_given_up(kk, replica, rule):
    patience(kk, 1500)
    replica.fault(match=KLINES, **rule)
    result, _ = get(kk)
    assert (result.code, result.out) == (8, b"")
    assert "2024-03-04T00:00:00Z to 2024-03-04T23:00:00Z" in result.err


def test_refused_connections_end_at_once(dead):
    result = dead.get("BTCUSDT", "1h", *WINDOW, "rest")
    assert (result.code, result.out) == (8, b"")
    assert "connection refused" in result.err.lower()
    assert dead.get("BTCUSDT", "1h", *WINDOW, "vision").code == 8


@pytest.mark.parametrize("status", [403, 451])
def test_a_refusal_is_one_request(kk, replica, status):
    """However many pages are due."""
    replica.fault(match=KLINES, kind="status", status=status)
    result = kk.get("BTCUSDT", "1m", "2024-03-01", "2024-03-20", "rest")
    assert result.code == 8 and f"HTTP {status}" in result.err
    assert len(replica.log(KLINES)) == 1


@pytest.mark.parametrize("status", [403, 451, 404, 302, 401])
def test_a_refusal_is_not_asked_again(kk, replica, status):
    replica.fault(match=KLINES, kind="status", status=status)
    result, _ = get(kk)
    assert result.code == 8
    assert f"HTTP {status}" in result.err
    assert len(replica.log(KLINES)) == 1


@pytest.mark.parametrize("status", [403, 451, 503])
def test_another_host_is_tried(kk, replica, truth, status):
    from replica_process import Replica

    patience(kk, 1500)
    with Replica(now="2026-09-24T12:00:00Z", frozen=True) as first:
        first.fault(match=KLINES, kind="status", status=status)
        result, _ = get(kk, env={"KLINEKEEP_REST_URL": f"{first.url},{replica.url}"})
        assert result.ok().out == truth
        assert len(first.log(KLINES)) >= 1


def test_429_waits_as_told_and_goes_on(kk, replica, truth):
    """Pitfall 26."""
    replica.fault(match=KLINES, kind="status", status=429, retry_after="1", times=1)
    result, _ = get(kk)
    assert result.ok().out == truth
    assert [e["status"] for e in replica.log(KLINES)] == [429, 200]


@pytest.mark.parametrize("status", [429, 418])
@pytest.mark.parametrize("retry_after", ["121", "3600", "99999999999999999999"])
def test_a_long_wait_ends_the_run_at_once(kk, replica, status, retry_after):
    replica.fault(match=KLINES, kind="status", status=status, retry_after=retry_after)
    result, _ = get(kk)
    assert result.code == (5 if retry_after[0] != "9" else result.code)
    assert len(replica.log(KLINES)) == 1 or retry_after[0] == "9"


def test_a_ban_holds_for_the_next_process_too(kk, replica):
    """The limiter's state is the machine's."""
    replica.fault(match=KLINES, kind="status", status=418, retry_after="600")
    assert get(kk)[0].code == 5
    replica.clear()
    replica.clear_log()
    result, _ = get(kk)
    assert result.code == 5
    assert replica.log() == [], "a banned host was asked"


def test_used_weight_is_heeded(kk, replica):
    """Pitfall 27: over our share nothing is asked in this minute, so a long wait is seen as no request."""
    replica.budget("spot", used=5000)
    with kk.popen("get", "BTCUSDT", "1m", "--start", "2024-01-01", "--end", "2024-01-04", "--source", "rest") as process:
        import time

        deadline = time.monotonic() + 20
        while len(replica.log(KLINES)) < 1 and time.monotonic() < deadline:
            pass
        process.terminate()
        process.communicate()
    assert len(replica.log(KLINES)) <= 2


def test_the_first_call_goes_alone(kk, replica):
    replica.fault(match=KLINES, kind="status", status=400, body='{"code":-1121,"msg":"Invalid symbol."}', content_type="application/json")
    result = kk.get("BTCUSDT", "1m", "2024-01-01", "2024-01-10", "rest")
    assert result.code == 7
    assert len(replica.log()) == 1


@pytest.mark.parametrize(
    "text",
    [
        "",
        "null",
        "{}",
        "[[1709510400000]]",
        '[[1709510400000,"1","1","1","1","1",1709513999999,"1",1,"1","1","0"],',
        '[[1709510400000,"nan","1","1","1","1",1709513999999,"1",1,"1","1","0"]]',
        '[[1709510400000,"1e5","1","1","1","1",1709513999999,"1",1,"1","1","0"]]',
        '[[1609510400000,"1","1","1","1","1",1609513999999,"1",1,"1","1","0"]]',
        "<html><body>gateway</body></html>",
    ],
)
def test_a_malformed_page_is_no_answer(kk, replica, text):
    replica.fault(match=KLINES, kind="body", text=text, content_type="application/json")
    result, _ = get(kk)
    assert (result.code, result.out) == (4, b"")


def test_a_page_that_was_malformed_once_is_asked_again(kk, replica, truth):
    replica.fault(match=KLINES, kind="html", times=1)
    assert get(kk)[0].ok().out == truth


def test_rows_of_rubbish_are_never_dropped_silently(kk, replica):
    """Pitfall 25."""
    replica.fault(match=KLINES, kind="rubbish_row", row=2, text='[1709517600000,"oops","1","1","1","1",1709521199999,"1",1,"1","1","0"]')
    result, _ = get(kk)
    assert result.code == 4
    assert "row 3" in result.err


def test_one_failed_page_of_many_is_named(kk, replica):
    """C4: what is missing is named, nothing is half-written."""
    patience(kk, 1500)
    replica.fault(match=r"startTime=1704127", kind="status", status=400, body='{"code":-1100,"msg":"no"}')
    window = ("2024-01-01T00:00Z", "2024-01-03T23:59Z")
    out = kk.home / "out.csv"
    result = kk.get("BTCUSDT", "1m", *window, "rest", "-o", out)
    assert result.code == 8
    assert "missing 2024-01-01T16:40:00Z to 2024-01-02T09:19:00Z" in result.err
    assert not out.exists()
    result, report = kk.report("BTCUSDT", "1m", *window, "rest", "--partial")
    assert len(result.ok().rows) == 3 * 1440 - 1000
    assert len(report["missing"]) == 1


def test_an_empty_page_that_a_question_confirms_is_an_answer(kk, replica):
    """Pitfall 23. Two questions of another form say the same: since when is there anything, and when is the next candle?"""
    replica.fault(match=KLINES, kind="drop_rows", **{"from": "2024-03-04", "to": "2024-03-05"})
    result, report = get(kk)
    assert result.ok().rows == []
    assert [(g["from"], g["to"], g["reason"]) for g in report["gaps"]] == [
        ("2024-03-04T00:00:00Z", "2024-03-04T23:00:00Z", "absent_in_rest")
    ]
    assert len(replica.log(KLINES)) == 3


def test_of_a_symbol_that_has_no_candle_at_all_everything_is_before_the_listing(kk, replica):
    replica.fault(match=KLINES, kind="body", text="[]", content_type="application/json")
    result, report = get(kk)
    assert result.ok().rows == []
    assert [g["reason"] for g in report["gaps"]] == ["before_listing"]
    assert len(replica.log(KLINES)) == 2


def test_an_empty_page_alone_is_no_answer(kk, replica, truth):
    replica.fault(match=KLINES, kind="body", text="[]", content_type="application/json", times=1)
    result, report = get(kk)
    assert result.ok().out == truth and report["gaps"] == []


def test_before_the_listing_little_is_asked(kk, replica):
    result, report = kk.report("BTCUSDT", "1h", "2015-01-01", "2017-08-17", "rest")
    assert len(result.ok().rows) == 20
    assert report["gaps"] == [{"from": "2015-01-01T00:00:00Z", "to": "2017-08-17T03:00:00Z", "reason": "before_listing"}]
    assert len(replica.log(KLINES)) <= 3


def test_off_grid_rows_in_a_full_page_lose_no_candle(kk, replica, truth):
    replica.fault(match=KLINES, kind="off_grid_rows", every=8, shift_ms=13_000)
    result, report = get(kk)
    assert set(result.ok().text.splitlines()) < set(truth.decode().splitlines())
    assert len(report["off_grid_rows"]) == 3


def test_duplicate_rows_are_dropped(kk, replica, truth):
    replica.fault(match=KLINES, kind="duplicate_rows", every=5)
    result, report = get(kk)
    assert result.ok().out == truth
    assert report["duplicates"] >= 1


def test_rest_never_touches_the_archive(kk, replica, truth):
    """Pitfall 30 and C9."""
    replica.fault(match="/api/", kind="status", status=403)
    get(kk)
    assert replica.log("/data/") == replica.log("prefix=") == []


@pytest.mark.parametrize("source", ["rest", "vision"])
def test_https(kk, source):
    from replica_process import Replica

    with Replica(now="2026-09-24T12:00:00Z", frozen=True, https=True) as secure:
        urls = {"KLINEKEEP_REST_URL": secure.https_url, "KLINEKEEP_VISION_URL": secure.https_url}
        trusted = kk.get("BTCUSDT", "1h", *WINDOW, source, env=urls | {"SSL_CERT_FILE": str(secure.certificate)})
        assert len(trusted.ok().rows) == 24
        untrusted = kk.get("BTCUSDT", "1h", *WINDOW, source, env=urls)
        assert untrusted.code == 8
        assert "certificate" in untrusted.err.lower()
