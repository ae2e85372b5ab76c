"""Every fault of the replica against AUTO with a cache: the right rows or the right error, and nothing false is kept."""

import pytest
from cache_support import NO_SOURCE, PAGES, Cache, forget_waits, patience, truth, values

# Archive: a day that is due, of 1m. The truth is to be had whatever happens, as REST is well.
DAY = ("ETHUSDT", "1m", "2024-03-04", "2024-03-04")
ZIP = r"ETHUSDT-1m-2024-03-04\.zip"
NEIGHBOUR = "data/spot/daily/klines/ETHUSDT/1m/ETHUSDT-1m-2024-03-05.zip"
FALSE_HEADER = "open_time,high,open,low,close,volume,close_time,quote_volume,count,taker_buy_volume,taker_buy_quote_volume,ignore"
ARCHIVE_FAULTS = [
    {"kind": "latency", "ms": 30},
    {"kind": "reset"},
    {"kind": "reset", "after_bytes": 5000},
    {"kind": "truncate", "after_bytes": 5000},
    {"kind": "lie_length", "delta": 100},
    {"kind": "lie_length", "delta": -100},
    {"kind": "no_length"},
    {"kind": "chunked"},
    {"kind": "drip", "bytes_per_second": 1000},
    {"kind": "hang"},
    {"kind": "status", "status": 500},
    {"kind": "status", "status": 503, "times": 1},
    {"kind": "status", "status": 403},
    {"kind": "status", "status": 429, "retry_after": "1", "times": 1},
    {"kind": "html", "text": "<html>busy</html>"},
    {"kind": "body", "text": "PK rubbish"},
    {"kind": "redirect", "location": "http://127.0.0.1:9/"},
    {"kind": "clock_skew", "ms": 86_400_000},
    {"kind": "clock_skew", "ms": -86_400_000},
    {"kind": "no_date"},
    {"kind": "wrong_etag"},
    {"kind": "no_etag"},
    {"kind": "missing"},
    {"kind": "no_checksum"},
    {"kind": "stale_checksum"},
    {"kind": "partial_day", "until": "18:50:05"},
    {"kind": "drop_rows", "from": "2024-03-04T10:00Z", "to": "2024-03-04T11:00Z"},
    {"kind": "duplicate_rows", "every": 100},
    {"kind": "conflicting_rows", "every": 100},
    {"kind": "off_grid_rows", "every": 300, "shift_ms": 13_000},
    {"kind": "swap_rows", "row": 700},
    {"kind": "rubbish_row", "row": 5, "text": "half,a,row"},
    {"kind": "rubbish_row", "row": 5, "text": "1709510700000,nan,1,1,1,1,1709510759999,1,1,1,1,0"},
    {"kind": "header_row", "text": FALSE_HEADER},
    {"kind": "crlf"},
    {"kind": "corrupt_zip", "flip": 3},
    {"kind": "corrupt_zip", "flip": 3, "times": 1},
    {"kind": "corrupt_zip", "flip": 1, "checksum": "fits"},
    {"kind": "bomb", "mode": "inflated"},
    {"kind": "bomb", "mode": "declared"},
    {"kind": "other_content", "key": NEIGHBOUR},
]


def name(rule: dict) -> str:
    return "-".join(str(value)[:24] for value in rule.values())


@pytest.mark.parametrize("rule", ARCHIVE_FAULTS, ids=name)
def test_a_faulty_archive_costs_auto_no_candle(kk, replica, rule):
    patience(kk, 1500)
    expected = truth(replica, "spot", *DAY[:2], "2024-03-04", "2024-03-04T23:59Z")
    replica.fault(match=ZIP, **rule)
    result, report = kk.report(*DAY, "auto")
    assert values(result) == expected
    assert report["complete"] and report["gaps"] == []
    Cache(kk).assert_sound()
    warm = kk.get(*DAY, "auto").ok()
    assert warm.out == result.out
    replica.clear()
    replica.clear_log()
    for source in ("auto", "cache"):
        assert kk.get(*DAY, source).ok().out == result.out
    assert replica.log() == []


@pytest.mark.parametrize("rule", [r for r in ARCHIVE_FAULTS if r["kind"] not in ("hang", "drip", "bomb")], ids=name)
def test_a_faulty_archive_enforced_leaves_nothing_false(kk, replica, rule):
    """VISION for a day whose month is gone: rows or an error, and later, when all is well, the truth."""
    patience(kk, 1500)
    expected = truth(replica, "spot", *DAY[:2], "2024-03-04", "2024-03-04T23:59Z")
    replica.fault(match=r"/monthly/", kind="missing")
    replica.fault(match=ZIP, **rule)
    result = kk.get(*DAY, "vision")
    assert result.code in (0, 3, 4, 8)
    assert set(values(result)) <= set(expected) if result.code == 0 else result.out == b""
    Cache(kk).assert_sound()
    replica.clear()
    forget_waits(kk)
    assert values(kk.get(*DAY, "auto")) == expected
    Cache(kk).assert_sound()


@pytest.mark.parametrize("rule", [{"kind": "status", "status": 403}, {"kind": "html", "text": "<html>"}, {"kind": "reset"}, {"kind": "body", "text": "<ListBucketResult>"}, {"kind": "body", "text": ""}], ids=name)
def test_a_listing_that_fails_is_no_failure(kk, replica, rule):
    patience(kk, 1500)
    replica.fault(match="prefix=", **rule)
    result = kk.get("ETHUSDT", "1h", "2024-01-01", "2024-06-30", "auto")
    assert values(result) == truth(replica, "spot", "ETHUSDT", "1h", "2024-01-01", "2024-06-30T23:00Z")


# REST: the hours of today. What it does not give, nobody gives.
TODAY = ("ETHUSDT", "1h", "2026-09-24T02:00Z", "2026-09-24T09:00Z")
SPOILT = '[1790226000000,"oops","1","1","1","1",1790229599999,"1",1,"1","1","0"]'  # 2026-09-24 05:00
REST_FAULTS = [
    ({"kind": "latency", "ms": 30}, 0),
    ({"kind": "reset", "times": 1}, 0),
    ({"kind": "reset", "after_bytes": 300, "times": 1}, 0),
    ({"kind": "reset", "after_bytes": 300}, 8),
    ({"kind": "truncate", "after_bytes": 300, "times": 1}, 0),
    ({"kind": "truncate", "after_bytes": 300}, 8),
    ({"kind": "lie_length", "delta": 50}, 8),
    ({"kind": "no_length"}, 0),
    ({"kind": "chunked"}, 0),
    ({"kind": "drip", "bytes_per_second": 20}, 8),
    ({"kind": "hang"}, 8),
    ({"kind": "status", "status": 503, "times": 2}, 0),
    ({"kind": "status", "status": 503}, 8),
    ({"kind": "status", "status": 403}, 8),
    ({"kind": "status", "status": 451}, 8),
    ({"kind": "status", "status": 429, "retry_after": "1", "times": 1}, 0),
    ({"kind": "status", "status": 429, "retry_after": "600"}, 5),
    ({"kind": "status", "status": 418, "retry_after": "600"}, 5),
    ({"kind": "html", "text": "<html>", "times": 1}, 0),
    ({"kind": "html", "text": "<html>"}, 4),
    ({"kind": "body", "text": "{}"}, 4),
    ({"kind": "redirect", "location": "http://127.0.0.1:9/"}, 8),
    ({"kind": "rubbish_row", "row": 3, "text": SPOILT}, 4),
    ({"kind": "duplicate_rows", "every": 3}, 0),
    ({"kind": "swap_rows", "row": 2}, None),
    ({"kind": "no_date"}, 0),
]


@pytest.mark.parametrize("rule, code", REST_FAULTS, ids=lambda v: name(v) if isinstance(v, dict) else str(v))
def test_a_faulty_rest_is_the_right_rows_or_the_right_error(kk, replica, rule, code):
    patience(kk, 1500)
    expected = truth(replica, "spot", *TODAY)
    out = kk.home / "out.csv"
    replica.fault(match=PAGES, **rule)
    result = kk.get(*TODAY, "auto", "-o", out)
    assert result.code == code if code is not None else result.code in (0, 4)
    assert result.out == b"" and out.exists() == (result.code == 0)
    if result.code:
        assert "2026-09-24T02:00:00Z to 2026-09-24T09:00:00Z" in result.err
        assert Cache(kk).partitions() == [], "an error was kept"
    Cache(kk).assert_sound()
    replica.clear()
    forget_waits(kk)
    assert values(kk.get(*TODAY, "auto")) == expected
    assert values(kk.get(*TODAY, "cache", env=NO_SOURCE)) == expected
    Cache(kk).assert_sound()


def test_pages_that_came_are_kept_though_one_failed(kk, replica):
    """Pitfalls 23, 25: what was fetched before the failure is not thrown away, and not asked again."""
    patience(kk, 1500)
    replica.fault(match=r"startTime=1790208000000", kind="status", status=400, body='{"code":-1100,"msg":"no"}')  # 2026-09-24 00:00
    window = ("ETHUSDT", "1m", "2026-09-23T07:20Z", "2026-09-24T09:59Z")
    result = kk.get(*window, "rest")
    assert (result.code, result.out) == (8, b"")
    assert "2026-09-24T00:00:00Z to 2026-09-24T09:59:00Z" in result.err
    partial, report = kk.report(*window, "rest", "--partial")
    assert len(partial.ok().rows) == 1000 and report["complete"] is False
    replica.clear()
    replica.clear_log()
    assert values(kk.get(*window, "auto")) == truth(replica, "spot", *window)
    assert len(replica.log("/klines")) == 1
    Cache(kk).assert_sound()


def test_both_sources_dead_is_exit_8_and_the_cache_still_answers(kk, replica):
    kk.get(*DAY, "auto").ok()
    assert len(kk.get(*DAY, "auto", env=NO_SOURCE).ok().rows) == 1440
    result = kk.get("ETHUSDT", "1m", "2024-03-04", "2024-03-05", "auto", env=NO_SOURCE)
    assert (result.code, result.out) == (8, b"")
    assert "2024-03-05T00:00:00Z to 2024-03-05T23:59:00Z" in result.err and "2024-03-04T" not in result.err


@pytest.mark.parametrize("dead", ["KLINEKEEP_REST_URL", "KLINEKEEP_VISION_URL"])
@pytest.mark.parametrize("window", [DAY, ("ETHUSDT", "1d", "2023-01-01", "2023-12-31")], ids=lambda w: w[1])
def test_one_dead_source_is_made_good_by_the_other(kk, replica, dead, window):
    symbol, interval, start, end = window
    result = kk.get(*window, "auto", env={dead: "http://127.0.0.1:9"})
    assert values(result) == truth(replica, "spot", symbol, interval, start, end + "T23:59Z")
