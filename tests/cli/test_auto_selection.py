"""AUTO: which source is asked for what, as the replica's log shows it. Each row of a table is a rule of selection."""

import pytest
from cache_support import PAGES, Cache, asked, files_asked, ranges, set_now, shape, truth, values
from replica_process import to_ms

CLOSED_BY_BINANCE = '{"code":-1121,"msg":"Invalid symbol."}'


def check(kk, replica, market, symbol, interval, start, end, expected):
    """The right rows, asked in this shape; and a second time nothing is asked."""
    result = kk.get(symbol, interval, start, end, "auto", market=market).ok()
    assert shape(replica) == expected
    assert values(result) == truth(replica, market, symbol, interval, start, result.times[-1])
    replica.clear_log()
    assert kk.get(symbol, interval, start, end, "auto", market=market).ok().out == result.out
    assert asked(replica) == []
    return result


@pytest.mark.parametrize(
    "market, symbol, interval, start, end, expected",
    [
        ("spot", "ETHUSDT", "1m", "2024-03-04", "2024-03-04", {"daily": 1}),
        ("spot", "ETHUSDT", "1m", "2024-03-04T10:00Z", "2024-03-04T10:00Z", {"daily": 1}),
        ("spot", "ETHUSDT", "1m", "2024-03-04T23:00Z", "2024-03-05T00:00Z", {"rest": 1}),
        ("spot", "ETHUSDT", "1m", "2024-03-04", "2024-03-06", {"daily": 3}),
        ("spot", "ETHUSDT", "1m", "2024-03-04", "2024-03-07", {"daily": 4, "list": 1}),
        ("spot", "ETHUSDT", "1m", "2024-03-04", "2024-03-20", {"monthly": 1}),
        ("spot", "ETHUSDT", "1h", "2024-03-04", "2024-03-04", {"daily": 1}),
        ("spot", "ETHUSDT", "1h", "2024-03-04", "2024-03-05", {"monthly": 1}),
        ("spot", "ETHUSDT", "1h", "2024-01-01", "2024-03-31", {"monthly": 3}),
        ("spot", "ETHUSDT", "1h", "2024-01-01", "2024-12-31", {"monthly": 12, "list": 1}),
        ("spot", "ETHUSDT", "1h", "2024-01-31", "2024-02-29", {"daily": 1, "monthly": 1}),
        ("spot", "ETHUSDT", "1d", "2024-03-04", "2024-03-04", {"daily": 1}),
        ("spot", "ETHUSDT", "1d", "2024-02-01", "2024-03-31", {"monthly": 2}),
        ("spot", "ETHUSDT", "1d", "2023-01-01", "2023-12-31", {"rest": 1}),
        ("spot", "ETHUSDT", "1w", "2023-01-02", "2023-12-31", {"rest": 1}),
        ("spot", "ETHUSDT", "1M", "2019-01-01", "2024-12-31", {"rest": 1}),
        ("spot", "ETHUSDT", "1s", "2024-03-04T10:00:00Z", "2024-03-04T10:00:59Z", {"rest": 1}),
        ("spot", "ETHUSDT", "1s", "2024-03-04T10:00:00Z", "2024-03-04T10:49:59Z", {"rest": 3}),
        ("spot", "ETHUSDT", "1s", "2024-03-04T10:00:00Z", "2024-03-04T11:59:59Z", {"daily": 1}),
        ("spot", "ETHUSDT", "1s", "2024-03-04T22:00:00Z", "2024-03-05T00:00:59Z", {"daily": 1, "rest": 1}),
        ("um", "ETHUSDT", "1m", "2024-03-04", "2024-03-04", {"daily": 1}),
        ("um", "ETHUSDT", "1d", "2023-01-01", "2023-12-31", {"rest": 1}),
        ("cm", "ETHUSD_PERP", "1h", "2024-03-01", "2024-03-31", {"monthly": 1}),
        ("cm", "ETHUSD_PERP", "1d", "2023-01-01", "2023-12-31", {"rest": 2}),
    ],
)
def test_the_cheapest_cover_is_asked(kk, replica, market, symbol, interval, start, end, expected):
    check(kk, replica, market, symbol, interval, start, end, expected)


@pytest.mark.parametrize("points, source", [(10_000, "rest"), (10_001, "monthly")])
def test_above_ten_thousand_missing_points_the_archive_is_asked(kk, replica, points, source):
    """6h: seven years are ten cheap pages, or more than eighty files."""
    start = to_ms("2018-01-01T00:00Z")
    end = start + (points - 1) * 6 * 3_600_000
    kk.get("ETHUSDT", "6h", start, end, "auto").ok()
    asked_of = shape(replica)
    if source == "rest":
        assert asked_of == {"rest": 10}
    else:
        # What a monthly file lacks is asked of the day's; where those are few, without their listing.
        assert asked_of["monthly"] == 83 and asked_of["list"] == 1
        assert asked_of.get("rest", 0) <= 12, "only holes inside the files"


def test_the_threshold_counts_what_is_missing_not_what_is_asked(kk, replica):
    start = to_ms("2018-01-01T00:00Z")
    kk.get("ETHUSDT", "6h", "2018-01-01", "2018-06-30", "auto").ok()
    replica.clear_log()
    kk.get("ETHUSDT", "6h", start, start + 10_300 * 6 * 3_600_000, "auto").ok()
    assert shape(replica) == {"rest": 10}


# -- due ---------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "now, expected",
    [
        ("2026-09-24T12:00:00Z", {"daily": 1, "rest": 2}),  # the 22nd is over for 36 h: its file is due
        ("2026-09-24T11:59:59Z", {"rest": 3}),
    ],
)
def test_a_file_is_due_36_hours_after_its_period(kk, replica, now, expected):
    set_now(kk, now)
    check(kk, replica, "spot", "ETHUSDT", "1m", "2026-09-22", "2026-09-23", expected)


def test_a_month_is_due_36_hours_after_its_end(kk, replica):
    set_now(kk, "2024-03-02T11:00:00Z")
    kk.get("ETHUSDT", "1h", "2024-02-20", "2024-02-29", "auto").ok()
    assert "monthly" not in shape(replica)
    assert "ETHUSDT-1h-2024-02-29.zip" not in files_asked(replica)


def test_the_current_day_comes_from_rest(kk, replica):
    result = kk.get("ETHUSDT", "1m", "2026-09-24T10:00Z", "2026-09-24T11:59Z", "auto").ok()
    assert shape(replica) == {"rest": 1}
    assert len(result.rows) == 120


def test_only_what_is_missing_is_asked(kk, replica):
    kk.get("ETHUSDT", "1m", "2024-03-05", "2024-03-06", "auto").ok()
    replica.clear_log()
    kk.get("ETHUSDT", "1m", "2024-03-04", "2024-03-07", "auto").ok()
    assert files_asked(replica) and sorted(files_asked(replica)) == ["ETHUSDT-1m-2024-03-04.zip", "ETHUSDT-1m-2024-03-07.zip"]
    assert "rest" not in shape(replica)


def test_all_rows_of_a_file_that_was_asked_are_kept(kk, replica):
    kk.get("ETHUSDT", "1m", "2024-03-04T10:00Z", "2024-03-04T10:05Z", "auto").ok()
    replica.clear_log()
    assert len(kk.get("ETHUSDT", "1m", "2024-03-04", "2024-03-04", "auto").ok().rows) == 1440
    assert asked(replica) == []


# -- what the archive turns out not to have --------------------------------------------------------------------------


def test_a_day_that_the_archive_lacks_comes_from_rest(kk, replica):
    replica.fault(match=r"ETHUSDT-1m-2024-03(-05)?\.zip", kind="missing")
    result, report = kk.report("ETHUSDT", "1m", "2024-03-04", "2024-03-06", "auto")
    assert values(result) == truth(replica, "spot", "ETHUSDT", "1m", "2024-03-04", "2024-03-06T23:59Z")
    assert shape(replica)["rest"] == 2
    assert report["rows_by_source"] == {"vision": 2880, "rest": 1440}
    assert report["gaps"] == [] and report["complete"]


def test_a_month_that_the_archive_lacks_is_listed_and_comes_from_elsewhere(kk, replica):
    replica.fault(match=r"/monthly/", kind="missing")
    result = kk.get("ETHUSDT", "1h", "2024-03-01", "2024-03-31", "auto").ok()
    assert values(result) == truth(replica, "spot", "ETHUSDT", "1h", "2024-03-01", "2024-03-31T23:00Z")
    assert shape(replica)["rest"] == 1, "one page is cheaper than 31 files"


def drop(replica, match, start, end):
    replica.fault(match=match, kind="drop_rows", **{"from": start, "to": end})


def test_a_whole_day_missing_from_a_month_is_asked_of_the_daily_file(kk, replica):
    drop(replica, r"/monthly/.*\.zip$", "2024-03-10T00:00Z", "2024-03-11T00:00Z")
    result = kk.get("ETHUSDT", "1m", "2024-03-01", "2024-03-31", "auto").ok()
    assert sorted(files_asked(replica)) == ["ETHUSDT-1m-2024-03-10.zip", "ETHUSDT-1m-2024-03.zip"]
    assert "rest" not in shape(replica)
    assert values(result) == truth(replica, "spot", "ETHUSDT", "1m", "2024-03-01", "2024-03-31T23:59Z")


def test_a_whole_day_that_neither_file_has_comes_from_rest(kk, replica):
    drop(replica, r"/monthly/.*\.zip$", "2024-03-10T00:00Z", "2024-03-11T00:00Z")
    replica.fault(match=r"2024-03-10\.zip", kind="missing")
    result = kk.get("ETHUSDT", "1m", "2024-03-01", "2024-03-31", "auto").ok()
    assert shape(replica)["rest"] == 2
    assert values(result) == truth(replica, "spot", "ETHUSDT", "1m", "2024-03-01", "2024-03-31T23:59Z")


def test_a_hole_inside_a_file_is_asked_of_rest_within_the_request_only(kk, replica):
    drop(replica, r"\.zip$", "2024-03-04T10:00Z", "2024-03-04T11:00Z")
    result, report = kk.report("ETHUSDT", "1m", "2024-03-04T00:00Z", "2024-03-04T10:29Z", "auto")
    assert values(result) == truth(replica, "spot", "ETHUSDT", "1m", "2024-03-04", "2024-03-04T10:29Z")
    assert shape(replica) == {"daily": 1, "rest": 1}
    query = next(e["query"] for e in replica.log("/klines?"))
    assert to_ms("2024-03-04T09:59:00.001Z") <= int(query["startTime"]) <= to_ms("2024-03-04T10:00Z")
    assert to_ms("2024-03-04T10:29Z") <= int(query["endTime"]) < to_ms("2024-03-04T10:30Z")
    assert report["rows_by_source"] == {"vision": 600, "rest": 30}
    replica.clear_log()
    kk.get("ETHUSDT", "1m", "2024-03-04T11:00Z", "2024-03-04T23:59Z", "auto").ok()
    assert asked(replica) == []
    whole = kk.get("ETHUSDT", "1m", "2024-03-04", "2024-03-04", "auto")
    assert shape(replica) == {"rest": 1}
    assert values(whole) == truth(replica, "spot", "ETHUSDT", "1m", "2024-03-04", "2024-03-04T23:59Z")


# -- where a series begins and ends ------------------------------------------------------------------------------------


def test_before_many_files_are_asked_they_are_listed(kk, replica):
    result, report = kk.report("ETHUSDT", "1h", "2016-01-01", "2017-12-31", "auto")
    assert result.ok().times[0] == to_ms("2017-08-17T04:00Z")
    absent = [e["path"] for e in replica.log("/data/") if e["status"] == 404]
    beside = [f"2017-{month:02}.zip" for month in range(7, 13)]  # of 24 a quarter is asked beside the listing
    assert all(path.removesuffix(".CHECKSUM")[-11:] in beside for path in absent), "asked though the listing lacks it"
    listings = [(e["query"]["prefix"], e["query"].get("marker")) for e in replica.log("prefix=")]
    assert listings and len(listings) == len(set(listings)), "listed twice"
    assert ranges(report["gaps"])[0] == ("2016-01-01T00:00:00Z", "2017-08-17T03:00:00Z", "before_listing")


@pytest.mark.parametrize("market, symbol, first", [("spot", "SHIBUSDT", "2021-05-10T11:00:00Z"), ("um", "NEARUSDT", None), ("cm", "ETHUSD_PERP", None), ("spot", "币安人生USDT", "2025-12-11T10:00:00Z")])
@pytest.mark.parametrize("interval", ["1h", "1d"])
def test_before_the_first_candle_nothing_is_asked_twice(kk, replica, market, symbol, first, interval):
    result, report = kk.report(symbol, interval, "2019-01-01", "2026-01-31", "auto", market=market)
    assert values(result) == truth(replica, market, symbol, interval, "2019-01-01", "2026-01-31T23:00Z")
    assert sum(shape(replica).values()) < 100
    gap = report["gaps"][0]
    assert (gap["from"], gap["reason"]) == ("2019-01-01T00:00:00Z", "before_listing")
    assert to_ms(gap["to"]) < result.times[0]
    if first and interval == "1h":
        assert result.times[0] == to_ms(first)
    replica.clear_log()
    assert kk.get(symbol, interval, "2019-01-01", "2026-01-31", "auto", market=market).ok().out == result.out
    earlier, told = kk.report(symbol, interval, "2018-01-01", "2018-12-31", "auto", market=market)
    assert earlier.ok().rows == [] and told["gaps"][0]["reason"] == "before_listing"
    assert asked(replica) == []


def test_rest_may_begin_before_the_archive(kk, replica):
    """USD-M BTCUSDT: since 2019-09-08 in REST, since 2019-12-31 in the archive."""
    result = kk.get("BTCUSDT", "1h", "2019-09-01", "2020-01-15", "auto", market="um").ok()
    assert values(result) == truth(replica, "um", "BTCUSDT", "1h", "2019-09-01", "2020-01-15T23:00Z")
    assert result.times[0] < to_ms("2019-09-09")


@pytest.mark.parametrize("market", ["spot", "um", "cm"])
def test_an_unknown_symbol_is_exit_7_and_leaves_nothing(kk, replica, market):
    result = kk.get("NOSUCHUSDT", "1h", "2024-03-01", "2024-03-31", "auto", market=market)
    assert (result.code, result.out) == (7, b"")
    assert "NOSUCHUSDT" in result.err
    assert len(asked(replica)) <= 8
    assert Cache(kk).partitions() == []


@pytest.mark.parametrize("interval, start, end", [("1h", "2024-06-03", "2024-06-03"), ("1h", "2024-06-20", "2024-07-05"), ("1d", "2024-01-01", "2024-06-30"), ("1m", "2024-06-28", "2024-06-28")])
def test_a_contract_that_is_over_comes_from_the_archive(kk, replica, interval, start, end):
    """-1121 counts as an empty page of REST, and planning goes on."""
    result, report = kk.report("BTCUSDT_240628", interval, start, end, "auto", market="um")
    assert values(result) == truth(replica, "um", "BTCUSDT_240628", interval, start, to_ms(end) + 86_399_999)
    assert result.rows and report["complete"]
    assert {g["reason"] for g in report["gaps"]} <= {"absent_in_rest", "absent"}
    replica.clear_log()
    assert kk.get("BTCUSDT_240628", interval, start, end, "auto", market="um").ok().out == result.out
    assert asked(replica) == []


def test_a_delisted_symbol_ends_where_it_ended(kk, replica):
    result, report = kk.report("BCCUSDT", "1h", "2018-11-01", "2018-11-30", "auto")
    assert values(result) == truth(replica, "spot", "BCCUSDT", "1h", "2018-11-01", "2018-11-30T23:00Z")
    assert result.times[-1] < to_ms("2018-11-16T04:00Z")
    assert ranges(report["gaps"])[-1][:2] == ("2018-11-16T04:00:00Z", "2018-11-30T23:00:00Z")


def test_a_symbol_that_rest_denies_is_known_by_its_files(kk, replica):
    replica.fault(match=PAGES, kind="status", status=400, body=CLOSED_BY_BINANCE, content_type="application/json")
    expected = truth(replica, "spot", "ETHUSDT", "1d", "2023-01-01", "2023-12-31")
    assert values(kk.get("ETHUSDT", "1d", "2023-01-01", "2023-12-31", "auto")) == expected
    assert kk.get("ETHUSDT", "1d", "2023-01-01", "2023-12-31", "rest").code == 7


def test_auto_is_the_default_source(kk, replica):
    result = kk("get", "ETHUSDT", "1m", "--start", "2024-03-04", "--end", "2024-03-04", "-q").ok()
    assert len(result.rows) == 1440
    assert shape(replica) == {"daily": 1}
