"""§4.4, C2: holes with their reasons, how long each is believed, and what is too young to be kept."""

import csv

import pytest
from cache_support import DAY, HOUR, MINUTE, NO_REST, NO_SOURCE, PAGES, Cache, asked, iso, ranges, set_now, shape, truth, values
from klinekeep_process import TESTS
from replica_process import to_ms

OUTAGES = [(int(g["first_missing_open_ms"]), int(g["first_present_open_ms"])) for g in csv.DictReader((TESTS / "data/anomalies/gaps.csv").open())]


def joined(gaps):
    """Gaps that touch and have one reason, as one."""
    result = []
    for start, end, reason in ranges(gaps):
        if result and result[-1][2] == reason and to_ms(start) == to_ms(result[-1][1]) + MINUTE:
            result[-1] = (result[-1][0], end, reason)
        else:
            result.append((start, end, reason))
    return result


@pytest.mark.parametrize("first, present", OUTAGES, ids=[iso(a)[:16] for a, _ in OUTAGES])
def test_each_real_outage_is_a_hole_with_its_reason_and_not_asked_again(kk, replica, first, present):
    """Pitfall 24."""
    window = ("BTCUSDT", "1m", first - 2 * MINUTE, present + MINUTE)
    result, report = kk.report(*window, "auto")
    assert values(result) == truth(replica, "spot", *window)
    assert result.times == [first - 2 * MINUTE, first - MINUTE, present, present + MINUTE]
    assert report["complete"] and report["missing"] == []
    told = joined(report["gaps"])
    assert [gap[:2] for gap in told] == [(iso(first), iso(present - MINUTE))]
    archive_was_asked = shape(replica).keys() & {"daily", "monthly"}
    assert told[0][2] == ("absent" if archive_was_asked else "absent_in_rest")
    replica.clear_log()
    warm, again = kk.report(*window, "auto")
    assert asked(replica) == []
    assert warm.ok().out == result.out and again["gaps"] == report["gaps"]
    offline, again = kk.report(*window, "cache", env=NO_SOURCE)
    assert offline.ok().out == result.out and again["gaps"] == report["gaps"]


@pytest.mark.parametrize("interval, start, end, hole", [("1h", "2021-02-01", "2021-02-28", ("2021-02-11T04:00:00Z", "2021-02-11T04:00:00Z")), ("1h", "2021-03-01", "2021-03-31", ("2021-03-06T02:00:00Z", "2021-03-06T02:00:00Z")), ("1m", "2018-02-08", "2018-02-09", ("2018-02-08T00:29:00Z", "2018-02-09T09:59:00Z"))])
def test_outages_in_recorded_files(kk, replica, interval, start, end, hole):
    result, report = kk.report("BTCUSDT", interval, start, end, "auto")
    assert joined(report["gaps"]) == [(*hole, "absent")]
    replica.clear_log()
    assert kk.get("BTCUSDT", interval, start, end, "auto").ok().out == result.out
    assert asked(replica) == []


def test_a_month_that_is_all_gap_between_candles_is_a_partition_without_rows(kk, replica):
    replica.fault(match=PAGES, kind="drop_rows", **{"from": "2024-02-01", "to": "2024-03-01"})
    kk.get("ETHUSDT", "1d", "2024-01-01", "2024-03-31", "rest").ok()
    replica.clear_log()
    result, report = kk.report("ETHUSDT", "1d", "2024-02-01", "2024-02-29", "rest")
    assert result.ok().rows == []
    assert ranges(report["gaps"]) == [("2024-02-01T00:00:00Z", "2024-02-29T00:00:00Z", "absent_in_rest")]
    assert asked(replica) == []
    Cache(kk).assert_sound()


def test_what_is_before_the_first_candle_or_after_the_last_takes_no_partition(kk, replica):
    result, report = kk.report("BCCUSDT", "1d", "2017-01-01", "2019-12-31", "rest")
    assert [reason for *_, reason in ranges(report["gaps"])] == ["before_listing", "absent_in_rest"]
    months = sorted(path.name for path in (kk.home / "cache").rglob("*.arrow"))
    assert months[0] == "201711.arrow" and months[-1] == "201811.arrow"
    replica.clear_log()
    assert kk.get("BCCUSDT", "1d", "2017-01-01", "2019-12-31", "rest").ok().out == result.out
    assert asked(replica) == []
    Cache(kk).assert_sound()


# -- how long a gap is believed: asked again after an hour, seven days, never --------------------------------------------

HOLE = ("2026-09-24T09:30:00Z", "2026-09-24T09:40:00Z")


def with_hole(kk, replica, window, source, start, end):
    replica.fault(match=PAGES, kind="drop_rows", **{"from": iso(to_ms(start)), "to": iso(to_ms(end))})
    result, report = kk.report("ETHUSDT", "1m", *window, source)
    assert [gap[:2] for gap in joined(report["gaps"])] == [(iso(to_ms(start)), iso(to_ms(end) - MINUTE))]
    replica.clear_log()
    return result.ok()


# how old the gap is when it is first seen, how long after that it is looked at, whether it is asked again
@pytest.mark.parametrize(
    "age, later, again",
    [
        (2 * HOUR, 0, False),
        (2 * HOUR, 59 * MINUTE, False),
        (2 * HOUR, 61 * MINUTE, True),
        (30 * HOUR, 61 * MINUTE, True),
        (30 * HOUR, 7 * HOUR, False),  # older than 36 h by now
        (40 * HOUR, 61 * MINUTE, False),
        (40 * HOUR, 6 * DAY, False),
        (40 * HOUR, 7 * DAY + HOUR, True),
        (80 * DAY, 7 * DAY + HOUR, True),
        (88 * DAY, 7 * DAY + HOUR, True),  # older than 90 days by now, and said by one alone: once more
        (100 * DAY, 6 * DAY, False),
        (100 * DAY, 700 * DAY, True),
    ],
    ids=str,
)
def test_a_gap_is_asked_again_on_its_schedule(kk, replica, age, later, again):
    start = to_ms("2024-03-04T10:00Z")
    hole = (start, start + 10 * MINUTE)
    window = (start - 10 * MINUTE, start + 20 * MINUTE)
    set_now(kk, hole[1] + age)
    short = with_hole(kk, replica, window, "rest", *hole)
    set_now(kk, hole[1] + age + later)
    result, report = kk.report("ETHUSDT", "1m", *window, "rest")
    assert result.ok().out == short.out
    assert shape(replica) == ({"rest": 1} if again else {})
    assert len(joined(report["gaps"])) == 1
    if again:  # the window of the question is the gap, and the answer is remembered anew
        assert replica.log("/klines?")[0]["query"]["startTime"] == str(start)
        replica.clear_log()
        assert kk.get("ETHUSDT", "1m", *window, "rest").ok().out == short.out
        assert asked(replica) == []


def test_what_came_at_last_fills_the_gap_for_good(kk, replica):
    window = ("2026-09-24T09:00Z", "2026-09-24T10:00Z")
    with_hole(kk, replica, window, "auto", *HOLE)
    replica.clear()
    set_now(kk, "2026-09-24T13:05:00Z")
    result, report = kk.report("ETHUSDT", "1m", *window, "auto")
    assert values(result) == truth(replica, "spot", "ETHUSDT", "1m", *window)
    assert report["gaps"] == []
    replica.clear_log()
    assert kk.get("ETHUSDT", "1m", *window, "auto").ok().out == result.out
    assert kk.get("ETHUSDT", "1m", *window, "cache", env=NO_SOURCE).ok().out == result.out
    assert asked(replica) == []


def test_a_re_ask_that_fails_leaves_the_gap_standing_and_is_told(kk, replica):
    window = ("2026-09-24T09:00Z", "2026-09-24T10:00Z")
    short = with_hole(kk, replica, window, "auto", *HOLE)
    _, quiet = kk.report("ETHUSDT", "1m", *window, "auto")
    set_now(kk, "2026-09-24T13:05:00Z")
    result, report = kk.report("ETHUSDT", "1m", *window, "auto", env=NO_REST)
    assert result.ok().out == short.out
    assert report["complete"] and report["gaps"] == quiet["gaps"]
    assert len(report["notes"]) > len(quiet["notes"]), "not told"
    replica.clear()
    assert len(kk.get("ETHUSDT", "1m", *window, "auto").ok().rows) == 61, "the failure was taken for an answer"


def test_for_the_cache_a_gap_never_expires(kk, replica):
    window = ("2026-09-24T09:00Z", "2026-09-24T10:00Z")
    short = with_hole(kk, replica, window, "auto", *HOLE)
    for now in ("2026-09-24T14:00:00Z", "2026-10-10T00:00:00Z", "2027-09-24T00:00:00Z"):
        set_now(kk, now)
        assert kk.get("ETHUSDT", "1m", *window, "cache").ok().out == short.out
    assert asked(replica) == []


def test_refresh_asks_for_what_is_believed(kk, replica):
    start = to_ms("2024-03-04T10:00Z")
    window = (start - 10 * MINUTE, start + 20 * MINUTE)
    with_hole(kk, replica, window, "rest", start, start + 10 * MINUTE)
    replica.clear()
    assert len(kk.get("ETHUSDT", "1m", *window, "rest").ok().rows) == 21
    kk("cache", "refresh", "ETHUSDT", "1m").ok()
    assert len(kk.get("ETHUSDT", "1m", *window, "cache").ok().rows) == 31


# -- too young ---------------------------------------------------------------------------------------------------------


def test_a_hole_younger_than_15_minutes_is_not_yet_and_not_remembered(kk, replica):
    window = ("2026-09-24T11:30Z", "2026-09-24T11:59Z")
    replica.fault(match=PAGES, kind="drop_rows", **{"from": "2026-09-24T11:50Z", "to": "2026-09-24T12:00Z"})
    result, report = kk.report("ETHUSDT", "1m", *window, "auto")
    assert len(result.ok().rows) == 20
    assert report["complete"]
    assert joined(report["gaps"]) == [("2026-09-24T11:50:00Z", "2026-09-24T11:59:00Z", "not_yet")]
    replica.clear_log()
    kk.get("ETHUSDT", "1m", *window, "auto").ok()
    assert shape(replica) == {"rest": 1}
    replica.clear()
    assert len(kk.get("ETHUSDT", "1m", *window, "auto").ok().rows) == 30
    assert kk.get("ETHUSDT", "1m", "2026-09-24T11:30Z", "2026-09-24T11:58Z", "cache").code == 0


def test_a_hole_over_the_15_minutes_is_remembered_where_it_is_old_enough(kk, replica):
    window = ("2026-09-24T11:00Z", "2026-09-24T11:59Z")
    replica.fault(match=PAGES, kind="drop_rows", **{"from": "2026-09-24T11:30Z", "to": "2026-09-24T12:00Z"})
    _, report = kk.report("ETHUSDT", "1m", *window, "auto")
    assert {g["reason"] for g in report["gaps"]} == {"absent_in_rest", "not_yet"}
    replica.clear_log()
    kk.get("ETHUSDT", "1m", "2026-09-24T11:00Z", "2026-09-24T11:44Z", "auto").ok()
    assert asked(replica) == []
    kk.get("ETHUSDT", "1m", *window, "auto").ok()
    assert [e["query"]["startTime"] for e in replica.log("/klines?")] == [str(to_ms("2026-09-24T11:45Z"))]


@pytest.mark.parametrize("source", ["auto", "rest"])
def test_a_candle_younger_than_30_seconds_is_returned_and_not_stored(kk, replica, source):
    window = ("ETHUSDT", "1m", "2026-09-24T11:50Z", "2026-09-24T11:59Z")
    set_now(kk, "2026-09-24T12:00:20Z")
    result = kk.get(*window, source)
    assert len(result.ok().rows) == 10
    assert kk.get(*window, "cache").code == 6
    assert len(kk.get("ETHUSDT", "1m", "2026-09-24T11:50Z", "2026-09-24T11:58Z", "cache").ok().rows) == 9
    replica.clear_log()
    assert kk.get(*window, source).ok().out == result.out
    assert [e["query"]["startTime"] for e in replica.log()] == [str(to_ms("2026-09-24T11:59Z"))], "only the young one is asked"
    set_now(kk, "2026-09-24T12:00:31Z")
    kk.get(*window, source).ok()
    replica.clear_log()
    assert kk.get(*window, source).ok().out == result.out
    assert asked(replica) == []


def test_the_forming_candle_is_never_stored(kk, replica):
    """Pitfall 5."""
    set_now(kk, "2026-09-24T12:40:00Z")
    window = ("ETHUSDT", "1h", "2026-09-24T10:00Z", "2026-09-24T12:30Z")
    forming = kk.get(*window, "auto", "--include-open").ok()
    assert len(forming.rows) == 3
    assert len(kk.get(*window, "auto").ok().rows) == 2
    assert len(kk.get(*window, "cache").ok().rows) == 2
    set_now(kk, "2026-09-24T14:00:00Z")
    assert kk.get(*window, "cache").code == 6
    closed = kk.get(*window, "auto").ok()
    assert values(closed) == truth(replica, "spot", "ETHUSDT", "1h", window[2], window[3])
    assert closed.rows[:2] == forming.rows[:2] and closed.rows[2] != forming.rows[2]


@pytest.mark.parametrize("interval", ["1d", "1w", "1M", "3d"])
def test_long_candles_that_form_are_not_stored_either(kk, replica, interval):
    kk.get("ETHUSDT", interval, "2026-06-01", "now", "auto", "--include-open").ok()
    set_now(kk, "2026-11-02T00:01:00Z")
    later = kk.get("ETHUSDT", interval, "2026-06-01", "2026-10-31", "auto")
    assert values(later) == truth(replica, "spot", "ETHUSDT", interval, "2026-06-01", "2026-10-31T00:00Z")
