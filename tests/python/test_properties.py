"""Laws over random requests, against an oracle of a few lines of pandas on the raw CSV: what the archive's zips say is what comes."""

import io
import zipfile
from datetime import datetime, timedelta

import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from python_support import COLUMNS, UTC, assert_same, utc

from klinekeep import Interval, adjust_time_window, estimate_data_points

MICROSECOND = timedelta(microseconds=1)
pinned = settings(derandomize=True, database=None, deadline=None, max_examples=25, suppress_health_check=list(HealthCheck))
many = settings(pinned, max_examples=300)


# -- the oracle --------------------------------------------------------------------------------------------------------

RAW = ["open_time", "open", "high", "low", "close", "volume", "close_time", "quote_volume", "trades", "taker_buy_volume", "taker_buy_quote_volume", "ignore"]
DAYS = {"1m": ["2024-12-30", "2024-12-31", "2025-01-01", "2025-01-02"], "1s": ["2024-03-04"]}  # milliseconds, then microseconds


def raw_frame(replica, market: str, symbol: str, interval: str, days: list[str]) -> pd.DataFrame:
    """The candles as a reader of Binance's zips would have them, with pandas alone."""
    folder = {"spot": "spot", "um": "futures/um", "cm": "futures/cm"}[market]
    frames = []
    for day in days:
        file = zipfile.ZipFile(io.BytesIO(replica.get(f"/data/{folder}/daily/klines/{symbol}/{interval}/{symbol}-{interval}-{day}.zip").body))
        text = file.read(file.namelist()[0]).decode()
        frames.append(pd.read_csv(io.StringIO(text), header=0 if text.startswith("open_time") else None, names=RAW, dtype=str))
        for name in RAW[:-1]:
            frames[-1][name] = frames[-1][name].map(int if name in ("open_time", "close_time", "trades") else float)
        frames[-1][["open_time", "close_time"]] //= 1000 if frames[-1]["open_time"].iloc[0] > 10**14 else 1  # since 2025
    raw = pd.concat(frames)
    return raw.set_index(pd.to_datetime(raw["open_time"], unit="ms", utc=True).dt.as_unit("us"))[COLUMNS]


SERIES = [("spot", "ETHUSDT", "1m"), ("um", "ETHUSDT", "1m"), ("cm", "ETHUSD_PERP", "1m"), ("spot", "ETHUSDT", "1s")]


@pytest.fixture(scope="module")
def truths(shared_replica):
    shared_replica.clear()
    return {series: raw_frame(shared_replica, *series, DAYS[series[2]]) for series in SERIES}


def expected(truth: pd.DataFrame, start: datetime, end: datetime) -> pd.DataFrame:
    return truth[(truth.index >= start) & (truth.index <= end)]


@st.composite
def windows(draw, most: timedelta = timedelta(days=4)):
    """A series and a window inside its days, at any precision."""
    series = draw(st.sampled_from(SERIES))
    days = DAYS[series[2]]
    begin, length = utc(days[0]), min(most, timedelta(days=len(days))) - MICROSECOND
    latest = timedelta(days=len(days)) - MICROSECOND
    start = draw(st.integers(0, latest // MICROSECOND))
    size = draw(st.one_of(st.integers(0, 200 * 10**6), st.integers(0, length // MICROSECOND)))
    step = draw(st.sampled_from([1, 1000, 10**6, 60 * 10**6]))
    start, end = (value // step * step for value in (start, min(start + size, latest // MICROSECOND)))
    return series, begin + start * MICROSECOND, begin + end * MICROSECOND


def get(manager, series, start, end, **more) -> pd.DataFrame:
    return manager.get_data_sync(series[1], interval=series[2], start_time=start, end_time=end, unit="us", **more)


# -- laws of requests --------------------------------------------------------------------------------------------------


@pinned
@given(windows(), st.sampled_from(["auto", "vision", "rest"]))
def test_every_window_is_what_the_raw_files_say(truths, desk, window, source):
    series, start, end = window
    if series[2] == "1s" and end - start > timedelta(hours=2):
        source = "vision"  # as REST it would take the budget of a minute
    df = get(desk.manager(series[0]), series, start, end, enforce_source=source)
    assert_same(df, expected(truths[series], start, end))


@pinned
@given(windows(), st.sampled_from(["auto", "vision"]))
def test_without_a_cache_it_is_the_same(truths, desk, window, source):
    series, start, end = window
    if series[2] == "1s":
        end = min(end, start + timedelta(minutes=10))
    df = get(desk.manager(series[0], use_cache=False), series, start, end, enforce_source=source)
    assert_same(df, expected(truths[series], start, end))


@settings(pinned, max_examples=8)
@given(windows())
def test_warm_is_cold_and_offline(desk, home, window):
    series, start, end = window
    folder = home / f"{series}-{start}-{end}"
    cold = get(desk.manager(series[0], cache_dir=folder), series, start, end)
    offline = desk.offline(series[0], cache_dir=folder)
    warm = get(offline, series, start, end)
    assert_same(warm, cold)
    assert_same(get(offline, series, start, end, enforce_source="cache"), cold)
    assert warm.attrs["klinekeep"]["requests"] == 0


@pytest.fixture
def warm(desk, truths):
    """Managers of the three markets that have all days of all series, and no source any more."""
    for series in SERIES:
        get(desk.manager(series[0]), series, truths[series].index[0], truths[series].index[-1])
    return {market: desk.offline(market) for market in ("spot", "um", "cm")}


@pinned
@given(windows(), st.lists(st.floats(0, 1), max_size=4))
def test_windows_that_follow_each_other_concatenate_to_the_whole(warm, window, cuts):
    series, start, end = window
    whole = get(warm[series[0]], series, start, end)
    inner = sorted({start + int(cut * ((end - start) // MICROSECOND)) * MICROSECOND for cut in cuts} - {start})
    parts = zip([start, *inner], [*(cut - MICROSECOND for cut in inner), end])
    frames = [get(warm[series[0]], series, a, b) for a, b in parts]
    assert_same(pd.concat(frames), whole)


@pinned
@given(windows(timedelta(hours=3)))
def test_all_forms_of_an_answer_are_one(warm, window):
    series, start, end = window
    asking = dict(interval=series[2], start_time=start, end_time=end)
    manager = warm[series[0]]
    df = manager.get_data_sync(series[1], **asking, unit="ms")
    table = manager.get_table_sync(series[1], **asking)
    assert manager.get_table_sync(series[1], **asking, copy=True).equals(table)
    assert manager.get_stream_sync(series[1], **asking).read_all().equals(table)
    assert manager.get_result_sync(series[1], **asking).table.equals(table)
    assert_same(table.to_pandas().set_index("open_time"), df)


@pinned
@given(windows(timedelta(hours=3)), st.lists(st.sampled_from(COLUMNS), unique=True, min_size=1))
def test_columns_are_those_of_the_whole(warm, window, columns):
    series, start, end = window
    manager = warm[series[0]]
    assert_same(get(manager, series, start, end, columns=columns), get(manager, series, start, end)[columns])
    table = manager.get_table_sync(series[1], interval=series[2], start_time=start, end_time=end, columns=columns)
    assert table.column_names == columns


@pinned
@given(windows(timedelta(hours=3)))
def test_a_window_and_its_adjusted_one_are_one_request(warm, window):
    series, start, end = window
    adjusted = adjust_time_window(start, end, series[2])
    df = get(warm[series[0]], series, start, end)
    if adjusted is None:
        assert len(df) == 0
    else:
        assert_same(get(warm[series[0]], series, *adjusted), df)
        assert (df.index[0], df.index[-1]) == adjusted
        assert len(df) == estimate_data_points(*adjusted, series[2]) + 1


# -- laws of windows ---------------------------------------------------------------------------------------------------

TIMES = st.datetimes(datetime(1900, 1, 1), datetime(2200, 1, 1)).map(lambda t: t.replace(tzinfo=UTC))
INTERVALS = st.sampled_from(list(Interval))
FIXED = {"1s": 1, "1m": 60, "3m": 180, "5m": 300, "15m": 900, "30m": 1800, "1h": 3600, "2h": 7200, "4h": 14400, "6h": 21600, "8h": 28800, "12h": 43200, "1d": 86400}
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@many
@given(TIMES, TIMES, INTERVALS)
def test_adjusting_twice_is_adjusting_once(start, end, interval):
    window = adjust_time_window(start, end, interval)
    if window is None:
        return
    assert start <= window[0] <= window[1] <= end
    assert adjust_time_window(*window, interval) == window


@many
@given(TIMES, st.timedeltas(timedelta(0), timedelta(days=3)), st.sampled_from(sorted(FIXED)))
def test_a_fixed_grid_is_multiples_of_the_step_since_the_epoch(start, length, word):
    """In whole numbers: the first multiple at or after the start, the last at or before the end."""
    step = FIXED[word] * 10**6
    first, last = -(-((start - EPOCH) // MICROSECOND) // step) * step, (start + length - EPOCH) // MICROSECOND // step * step
    window = adjust_time_window(start, start + length, word)
    assert window == (None if first > last else (EPOCH + first * MICROSECOND, EPOCH + last * MICROSECOND))
    assert estimate_data_points(start, start + length, word) == length // timedelta(seconds=FIXED[word])


@many
@given(TIMES, TIMES)
def test_weeks_begin_on_mondays_and_months_on_their_first(start, end):
    for interval, begins in (("1w", lambda t: t.weekday() == 0), ("1M", lambda t: t.day == 1)):
        window = adjust_time_window(start, end, interval)
        if window is not None:
            assert all(begins(t) and (t.hour, t.minute, t.second, t.microsecond) == (0, 0, 0, 0) for t in window)


@many
@given(TIMES, TIMES, TIMES, INTERVALS)
def test_wider_windows_hold_narrower_ones(a, b, c, interval):
    start, middle, end = sorted([a, b, c])
    narrow, wide = adjust_time_window(start, middle, interval), adjust_time_window(start, end, interval)
    if narrow is not None:
        assert wide is not None and wide[0] == narrow[0] and wide[1] >= narrow[1]


@many
@given(st.datetimes(datetime(1970, 1, 2), datetime(2200, 1, 1)), st.integers(0, 999), INTERVALS)
def test_a_pandas_timestamp_is_the_instant_that_it_names(moment, nanoseconds, interval):
    """A nanosecond after an instant, no candle of that instant begins; and until then it does not count as reached."""
    exact = pd.Timestamp(moment, tz="UTC").as_unit("ns") + pd.Timedelta(nanoseconds, unit="ns")
    above = moment.replace(tzinfo=UTC) + (MICROSECOND if nanoseconds else timedelta(0))
    far = datetime(2250, 1, 1, tzinfo=UTC)
    assert adjust_time_window(exact, far, interval) == adjust_time_window(above, far, interval)
    assert adjust_time_window(EPOCH, exact, interval) == adjust_time_window(EPOCH, moment.replace(tzinfo=UTC), interval)
