"""Time handling: windows, boundaries, invalid ranges, the future, zero duration; and all that may stand for a time."""

import os
import time
from datetime import date, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd
import pytest
from python_support import INTERVAL, SYMBOL, TEST_WINDOWS, UTC, ask, assert_same, truth, utc

from klinekeep import InvalidRequest, adjust_time_window, estimate_data_points

MINUTE, SECOND = timedelta(minutes=1), timedelta(seconds=1)
NOON = utc("2024-03-15T12:00")
EVERY_INTERVAL = ["1s", "1m", "3m", "5m", "15m", "30m", "1h", "2h", "4h", "6h", "8h", "12h", "1d", "3d", "1w", "1M"]


# -- window adjustments ------------------------------------------------------------------------------------------------


def test_the_interfaces_example():
    start = datetime(2024, 3, 15, 12, 34, 56, 500_000, tzinfo=timezone.utc)
    end = datetime(2024, 3, 15, 12, 35, 2, 123_456, tzinfo=timezone.utc)
    start_adjusted = datetime(2024, 3, 15, 12, 34, 57, tzinfo=timezone.utc)
    end_adjusted = datetime(2024, 3, 15, 12, 35, 2, tzinfo=timezone.utc)
    assert adjust_time_window(start, end, INTERVAL) == (start_adjusted, end_adjusted)


def test_the_interfaces_example_as_a_request(manager):
    df = manager.get_data_sync(SYMBOL, start_time=utc("2024-03-15T12:34:56.500"), end_time=utc("2024-03-15T12:35:02.123456"))
    assert [time.second for time in df.index] == [57, 58, 59, 0, 1, 2]


@pytest.mark.parametrize(
    "interval, start, end, first, last",
    [
        ("1m", "2024-03-04T00:00:00.000001", "2024-03-04T00:04:59.999999", "2024-03-04T00:01", "2024-03-04T00:04"),
        ("4h", "2024-03-04T00:00:01", "2024-03-04T23:00", "2024-03-04T04:00", "2024-03-04T20:00"),
        ("1d", "2024-02-28T12:00", "2024-03-01T12:00", "2024-02-29", "2024-03-01"),
        ("1w", "2024-03-05", "2024-03-20", "2024-03-11", "2024-03-18"),
        ("1M", "2024-01-02", "2024-03-31", "2024-02-01", "2024-03-01"),
        ("3d", "2024-03-04T01:00", "2024-03-08", "2024-03-05", "2024-03-08"),
        ("1s", "1969-12-31T23:59:58.5", "1970-01-01T00:00:01.5", "1969-12-31T23:59:59", "1970-01-01T00:00:01"),
    ],
)
def test_ends_move_inwards_to_the_grid(interval, start, end, first, last):
    assert adjust_time_window(utc(start), utc(end), interval) == (utc(first), utc(last))


@pytest.mark.parametrize("interval", EVERY_INTERVAL)
def test_a_window_without_a_grid_point_is_none(interval):
    assert adjust_time_window(utc("2024-03-06T00:00:00.1"), utc("2024-03-06T00:00:00.9"), interval) is None
    assert adjust_time_window(NOON + SECOND, NOON, interval) is None


@pytest.mark.parametrize("interval", EVERY_INTERVAL)
def test_estimates_are_the_interfaces(interval):
    month = utc("2024-03-01"), utc("2024-04-01")
    steps = {"1w": 31 // 7, "1M": 1, "3d": 31 // 3}
    unit = {"s": 1, "m": 60, "h": 3600, "d": 86_400}
    expected = steps.get(interval) or 31 * 86_400 // (int(interval[:-1]) * unit[interval[-1]])
    assert estimate_data_points(*month, interval) == expected
    if interval not in ("3d", "1w"):  # a month of whole steps
        assert estimate_data_points(month[0], month[1] - timedelta(microseconds=1), interval) == expected - 1
    assert estimate_data_points(*month[::-1], interval) == 0


# -- boundaries --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("window", TEST_WINDOWS)
def test_both_ends_are_inclusive(manager, replica, window):
    df = manager.get_data_sync(SYMBOL, interval=INTERVAL, start_time=NOON - window, end_time=NOON)
    assert (df.index[0], df.index[-1]) == (NOON - window, NOON)
    assert len(df) == estimate_data_points(NOON - window, NOON, INTERVAL) + 1
    assert (np.diff(df.index.as_unit("ms").asi8) == 1000).all(), "no overlapping or missing intervals"


@pytest.mark.parametrize("edge", ["2024-02-29T00:00", "2024-03-01T00:00", "2025-01-01T00:00", "2024-03-31T01:00"])
@pytest.mark.parametrize("market, symbol", [("spot", "ETHUSDT"), ("um", "ETHUSDT"), ("cm", "ETHUSD_PERP")])
def test_windows_over_the_edge_of_a_day_a_month_a_year_and_of_units(desk, replica, market, symbol, edge):
    start, end = utc(edge) - 5 * MINUTE, utc(edge) + 5 * MINUTE
    df = desk.manager(market).get_data_sync(symbol, interval="1m", start_time=start, end_time=end)
    assert len(df) == 11
    assert_same(df, truth(replica, symbol, "1m", start, end, market))


def test_a_candle_closes_when_its_close_time_is_before_now(desk):
    minute = ask("1m", "2026-09-24T11:50", "2026-09-24T11:59")
    for now, rows in (("2026-09-24T11:59:59.999", 9), ("2026-09-24T12:00:00.000", 10)):
        desk.set_now(now)
        assert len(desk.manager().get_data_sync(SYMBOL, **minute)) == rows


def test_windows_that_touch_neither_overlap_nor_leave_a_gap(manager):
    whole = manager.get_data_sync(SYMBOL, start_time=NOON - timedelta(hours=1), end_time=NOON)
    cuts = [NOON - timedelta(minutes=m) for m in (60, 45, 30, 15)]
    parts = [manager.get_data_sync(SYMBOL, start_time=cut, end_time=cut + timedelta(minutes=15) - SECOND) for cut in cuts]
    assert_same(pd.concat([*parts, manager.get_data_sync(SYMBOL, start_time=NOON, end_time=NOON)]), whole)


# -- invalid ranges and the future -------------------------------------------------------------------------------------


def test_start_after_end_is_refused_in_the_interfaces_words(desk, manager, replica):
    start, end = NOON, NOON - SECOND
    with pytest.raises(ValueError, match=r"[Ss]tart time .* is after end time ") as caught:
        manager.get_data_sync(SYMBOL, interval="1s", start_time=start, end_time=end)
    assert type(caught.value) is InvalidRequest
    for client in (desk.rest(), desk.vision()):
        with pytest.raises(ValueError, match="is after end time"):
            client.fetch_sync("spot", SYMBOL, "1s", start, end)
    assert replica.log() == []


@pytest.mark.parametrize("ahead", [timedelta(microseconds=1), SECOND, timedelta(days=400)])
def test_an_end_in_the_future_is_refused_in_the_interfaces_words(desk, manager, replica, ahead):
    now = desk.clock.now
    with pytest.raises(ValueError, match=r"[Ee]nd time .* is in the future"):
        manager.get_data_sync(SYMBOL, start_time=now - MINUTE, end_time=now + ahead)
    assert replica.log() == []
    assert len(manager.get_data_sync(SYMBOL, start_time=now - MINUTE, end_time=now)) == 60, "now itself passes"


def test_now_of_the_machine_always_passes(desk):
    manager = desk.manager(clock=None, rest_client=desk.rest(clock=None), vision_client=desk.vision(clock=None))
    behind = timedelta(seconds=3)  # the exchange
    desk.replica.clock(round((time.time() - behind.total_seconds()) * 1000))
    now = datetime.now(timezone.utc)
    df = manager.get_data_sync(SYMBOL, interval="1m", start_time=now - timedelta(hours=1), end_time=now)
    answered = datetime.now(timezone.utc)
    first = pd.Timestamp(now - timedelta(hours=1)).ceil("min")
    assert list(df.index) == list(pd.date_range(first, df.index[-1], freq="min"))
    # The last is the one that had closed at the exchange when it answered.
    closed = [pd.Timestamp(at - behind).floor("min") - MINUTE for at in (now - SECOND, answered)]
    assert closed[0] <= df.index[-1] <= closed[1]


def test_requests_that_cannot_be_ask_nobody_and_write_nothing(desk, manager, replica):
    bad = [
        dict(symbol="BTC/USDT"),
        dict(symbol=""),
        dict(symbol="../x"),
        dict(symbol="B" * 65),
        dict(interval="1x"),
        dict(interval="1D"),
        dict(interval="3d", fill="nan"),
        dict(start_time=NOON, end_time=NOON - MINUTE),
        dict(columns=["price"]),
    ]
    for change in bad:
        with pytest.raises(InvalidRequest):
            manager.get_data_sync(**{"symbol": SYMBOL} | ask("1m") | change)
    for market in ("um", "cm"):
        with pytest.raises(InvalidRequest, match="interval=Interval.MINUTE_1"):
            desk.manager(market).get_data_sync(SYMBOL, start_time=NOON, end_time=NOON)
    assert replica.log() == [] and not desk.cache_dir.exists()


# -- zero duration -----------------------------------------------------------------------------------------------------


def test_zero_duration_on_the_grid_is_one_candle(manager, replica):
    df = manager.get_data_sync(SYMBOL, start_time=NOON, end_time=NOON)
    assert list(df.index) == [NOON]
    assert_same(df, truth(replica, SYMBOL, "1s", NOON, NOON))


def test_zero_duration_off_the_grid_is_empty_and_asks_nobody(manager, replica):
    moment = NOON + timedelta(milliseconds=500)
    df = manager.get_data_sync(SYMBOL, start_time=moment, end_time=moment)
    assert len(df) == 0 and replica.log() == []


# -- what may stand for a time -----------------------------------------------------------------------------------------

FIVE = [NOON + i * MINUTE for i in range(5)]
BERLIN = ZoneInfo("Europe/Berlin")


@pytest.mark.parametrize(
    "start, end",
    [
        (NOON, NOON + 4 * MINUTE),
        (NOON.replace(tzinfo=None), (NOON + 4 * MINUTE).replace(tzinfo=None)),
        (NOON.astimezone(BERLIN), (NOON + 4 * MINUTE).astimezone(timezone(timedelta(hours=-7, minutes=-30)))),
        (pd.Timestamp(NOON), pd.Timestamp("2024-03-15T12:04:00")),
        (pd.Timestamp("2024-03-15T12:00:00").as_unit("s"), pd.Timestamp(NOON + 4 * MINUTE).tz_convert("Asia/Tokyo")),
        (pd.Timestamp("2024-03-15T11:59:59.999999001Z"), pd.Timestamp("2024-03-15T12:04:59.999999999Z")),
        (pd.Timestamp("2024-03-15T12:00:00.000000000Z"), pd.Timestamp("2024-03-15T12:04:00.000000001Z")),
    ],
)
def test_times_of_all_kinds_are_instants(manager, start, end):
    df = manager.get_data_sync(SYMBOL, interval="1m", start_time=start, end_time=end)
    assert list(df.index) == FIVE


def test_nanoseconds_go_inwards(manager):
    """What is after the grid by a nanosecond does not begin on it."""
    late = pd.Timestamp("2024-03-15T12:00:00.000000001Z")
    early = pd.Timestamp("2024-03-15T12:03:59.999999999Z")
    assert list(manager.get_data_sync(SYMBOL, interval="1m", start_time=late, end_time=early).index) == FIVE[1:4]
    assert adjust_time_window(late, early, "1m") == (FIVE[1], FIVE[3])
    assert adjust_time_window(late, late, "1s") is None
    old = pd.Timestamp("1969-12-31T23:59:59.999999999Z")
    assert adjust_time_window(old, pd.Timestamp("1970-01-01T00:00:00Z"), "1s") == (utc("1970-01-01"), utc("1970-01-01"))
    assert adjust_time_window(utc("1969-12-31T23:59:59"), old, "1s") == (utc("1969-12-31T23:59:59"),) * 2


def test_a_date_is_its_midnight_at_both_ends(manager):
    df = manager.get_data_sync("ETHUSDT", interval="1h", start_time=date(2024, 3, 4), end_time=date(2024, 3, 5))
    assert (df.index[0], df.index[-1], len(df)) == (utc("2024-03-04"), utc("2024-03-05"), 25)


def test_the_hour_that_summer_time_takes_or_gives_is_no_matter(manager):
    """In Berlin 2024-10-27 has 25 hours; the two of 02:00 are an hour apart."""
    first, second = (datetime(2024, 10, 27, 2, tzinfo=BERLIN, fold=fold) for fold in (0, 1))
    df = manager.get_data_sync("ETHUSDT", interval="1h", start_time=first, end_time=second)
    assert list(df.index) == [utc("2024-10-27T00:00"), utc("2024-10-27T01:00")]


def test_naive_times_are_utc_wherever_the_machine_is(monkeypatch, manager):
    monkeypatch.setenv("TZ", "America/New_York")
    time.tzset()
    try:
        assert adjust_time_window(datetime(2024, 3, 15), datetime(2024, 3, 15), "1h") == (utc("2024-03-15"),) * 2
        df = manager.get_data_sync("ETHUSDT", interval="1h", start_time=datetime(2024, 3, 15), end_time=pd.Timestamp("2024-03-15"))
        assert list(df.index) == [utc("2024-03-15")]
    finally:
        monkeypatch.undo()
        os.environ.pop("TZ", None)
        time.tzset()


@pytest.mark.parametrize("bad", ["2024-03-15", 1710504000000, 1.5, None, np.datetime64("2024-03-15"), time.gmtime(0), timedelta(1)])
def test_what_is_no_time_is_a_type_error(manager, bad):
    for asking in (dict(start_time=bad, end_time=NOON), dict(start_time=NOON, end_time=bad)):
        with pytest.raises(TypeError, match=f"must be a datetime, a date or a pandas.Timestamp, not {type(bad).__name__}"):
            manager.get_data_sync(SYMBOL, interval="1m", **asking)
    with pytest.raises(TypeError, match="date must be"):
        manager.validate_cache_integrity_sync(SYMBOL, "1m", bad)


def test_nat_is_refused(manager):
    for asking in (dict(start_time=pd.NaT, end_time=NOON), dict(start_time=NOON, end_time=pd.NaT)):
        with pytest.raises(InvalidRequest, match="_time is NaT"):
            manager.get_data_sync(SYMBOL, interval="1m", **asking)


def test_times_must_be_named(manager):
    with pytest.raises(TypeError):
        manager.get_data_sync(SYMBOL, interval="1m", start_time=NOON)
    with pytest.raises(TypeError):
        manager.get_data_sync(SYMBOL, "1m", NOON, NOON)
    with pytest.raises(TypeError, match="symbol must be a str"):
        manager.get_data_sync(5, start_time=NOON, end_time=NOON)


BEFORE_TIME = datetime.min.replace(tzinfo=timezone(timedelta(hours=14)))  # in UTC there is no year 0


@pytest.mark.parametrize("start, end", [(datetime.min, datetime(1970, 1, 2)), (datetime(1, 1, 1), datetime(2017, 1, 1)), (BEFORE_TIME, datetime(2017, 1, 1))])
def test_the_beginning_of_time(manager, start, end):
    assert len(manager.get_data_sync("ETHUSDT", interval="1M", start_time=start, end_time=end)) == 0


def test_the_end_of_datetime_is_in_the_future(manager):
    for end in (datetime.max, datetime.max.replace(tzinfo=timezone(timedelta(hours=-14))), pd.Timestamp.max):
        with pytest.raises(InvalidRequest, match="is in the future"):
            manager.get_data_sync(SYMBOL, interval="1M", start_time=NOON, end_time=end)


def test_other_faces_of_time(desk, manager):
    """What comes back is UTC: reports, entries, the exchange's clock."""
    manager.get_data_sync("ETHUSDT", **ask("1h", "2024-03-04", "2024-03-04T23:00"), enforce_source="rest")
    (entry,) = manager.cache.list()
    assert entry.first == utc("2024-03-04") and entry.first.tzinfo is UTC
    client = desk.rest()
    assert client.exchange_now() is None
    client.fetch_sync("spot", "ETHUSDT", "1h", utc("2024-03-04"), utc("2024-03-04"))
    assert abs(client.exchange_now() - desk.clock.now) < timedelta(minutes=5)
    assert desk.vision().first_file_sync("spot", "ETHUSDT", "1h") == utc("2017-08-17")
