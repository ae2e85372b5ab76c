"""Daily files, monthly files and REST are one truth, in which Binance's own gaps and rows lie where they were."""

import csv
import random

import pytest

from helpers import DAY, HOUR, MINUTE, STEP, all_klines, archive_rows, klines_rows, rows_of_csv
from replica_process import DATA, Replica, to_ms

START_OF_MICROS = to_ms("2025-01-01T00:00:00Z")


def read(name):
    return list(csv.DictReader((DATA / "anomalies" / name).open()))


def test_the_gaps_of_btcusdt(replica):
    for gap in read("gaps.csv"):
        first, after = int(gap["first_missing_open_ms"]), int(gap["first_present_open_ms"])
        assert (after - first) // MINUTE == int(gap["missing_minutes"])
        around = {"startTime": first - 5 * MINUTE, "limit": 10}
        rows = [row[0] for row in klines_rows(replica, "spot", "BTCUSDT", "1m", **around)]
        assert rows == [first + i * MINUTE for i in range(-5, 0)] + [after + i * MINUTE for i in range(5)]


def test_btcusdt_has_no_other_gap(replica):
    """By hours: whatever is missing from 2017-08-17 04:00 to 2025-11-30 is a gap that was found in Binance's files."""
    gaps = [(int(gap["first_missing_open_ms"]), int(gap["first_present_open_ms"])) for gap in read("gaps.csv")]
    first, last = to_ms("2017-08-17T04:00:00Z"), to_ms("2025-11-30T23:00:00Z")
    opens, start = set(), first
    while start <= last:
        page = klines_rows(replica, "spot", "BTCUSDT", "1h", startTime=start, endTime=last, limit=1000)
        opens |= {row[0] for row in page}
        start = page[-1][0] + HOUR
    missing = [hour for hour in range(first, last + 1, HOUR) if hour not in opens]
    expected = [hour for hour in range(first, last + 1, HOUR) if any(a <= hour and hour + HOUR <= b for a, b in gaps)]
    assert missing == expected and len(missing) > 80


def test_the_rows_that_a_halt_cut_short(replica):
    for row in read("truncated_close_times.csv"):
        open_time = int(row["open_time"])
        (answered,) = klines_rows(replica, "spot", "BTCUSDT", "1m", startTime=open_time, endTime=open_time)
        assert answered[6] == int(row["close_time"]) < int(row["expected_close"])
        assert (answered[5], answered[8]) == (row["volume"], int(row["count"]))


def test_recorded_days_come_out_of_rest_and_of_both_kinds_of_file(replica):
    for path in sorted((DATA / "anomalies").glob("BTCUSDT-1m-*.csv")):
        day = path.stem[-10:]
        recorded = rows_of_csv(path.read_text())
        start = to_ms(f"{day}T00:00:00Z")
        assert all_klines(replica, "spot", "BTCUSDT", "1m", start, start + DAY) == recorded
        assert archive_rows(replica, "spot", "BTCUSDT", "1m", day) == recorded
        if day >= "2020":
            month = archive_rows(replica, "spot", "BTCUSDT", "1m", day[:7])
            assert [row for row in month if start <= row[0] < start + DAY] == recorded


def test_recorded_candles(replica):
    adabtc = rows_of_csv((DATA / "candles/adabtc_spot_1m_2021-11-27_first_10_rows.csv").read_text())
    assert klines_rows(replica, "spot", "ADABTC", "1m", startTime=adabtc[0][0], limit=10) == adabtc
    tables = {
        "btcusdt_spot_1h_2024-01-01_to_03": ("spot", "BTCUSDT", "1h"),
        "btcusdt_futures_usdt_1h_2024-01-01_to_03": ("um", "BTCUSDT", "1h"),
        "btcusd_perp_coin_1h_2024-01-01_to_03": ("cm", "BTCUSD_PERP", "1h"),
        "btcusdt_spot_1s_2024-01-01T00_first_half_hour": ("spot", "BTCUSDT", "1s"),
    }
    for name, (market, symbol, interval) in tables.items():
        recorded = list(csv.reader((DATA / f"candles/{name}.csv").open()))[1:]
        times = [int(row[0]) if row[0].isdigit() else to_ms(row[0]) for row in recorded]
        answered = all_klines(replica, market, symbol, interval, times[0], times[-1] + STEP[interval])
        assert [row[0] for row in answered] == times
        for row, other in zip(answered, recorded, strict=True):
            columns = [1, 2, 3, 4, 5, 7, 8, 9, 10]
            assert [float(row[i]) for i in columns] == [float(other[i]) for i in columns]


def test_a_month_and_the_days_recorded_within_it_agree(replica):
    month = archive_rows(replica, "spot", "BTCUSDT", "1m", "2025-04")
    for day in ("2025-04-11", "2025-04-13", "2025-04-20"):
        start = to_ms(f"{day}T00:00:00Z")
        assert archive_rows(replica, "spot", "BTCUSDT", "1m", day) == [row for row in month if start <= row[0] < start + DAY]
    month = archive_rows(replica, "um", "NEARUSDT", "1m", "2023-10")
    start = to_ms("2023-10-07T00:00:00Z")
    assert archive_rows(replica, "um", "NEARUSDT", "1m", "2023-10-07") == month[6 * 1440 : 7 * 1440]
    assert all_klines(replica, "um", "NEARUSDT", "1m", start, start + DAY) == month[6 * 1440 : 7 * 1440]


def random_days(count):
    dice = random.Random(20261123)
    series = [("spot", symbol) for symbol in ("BTCUSDT", "ETHUSDT", "BNBUSDT", "SHIBUSDT", "ADABTC", "DOGEUSDT")]
    series += [("um", symbol) for symbol in ("BTCUSDT", "ETHUSDT", "NEARUSDT", "LTCUSDT")]
    series += [("cm", symbol) for symbol in ("BTCUSD_PERP", "ETHUSD_PERP")]
    for _ in range(count):
        market, symbol = dice.choice(series)
        interval = dice.choice([interval for interval in STEP if interval != "1s"])
        day = to_ms("2021-06-01T00:00:00Z") + dice.randrange(1800) * DAY
        yield pytest.param(market, symbol, interval, day, id=f"{market}-{symbol}-{interval}-{day // DAY}")


@pytest.mark.parametrize(("market", "symbol", "interval", "day"), list(random_days(40)))
def test_daily_monthly_and_rest_agree(replica, market, symbol, interval, day):
    import datetime

    stamp = datetime.datetime.fromtimestamp(day / 1000, datetime.timezone.utc).strftime("%Y-%m-%d")
    rest = all_klines(replica, market, symbol, interval, day, day + DAY)
    daily = archive_rows(replica, market, symbol, interval, stamp) if rest else []
    monthly = archive_rows(replica, market, symbol, interval, stamp[:7])
    assert daily == rest == [row for row in monthly if day <= row[0] < day + DAY]
    assert rest == replica.rows(market, symbol, interval, day, day + DAY)


@pytest.mark.parametrize("interval", ["3d", "1w", "1M"])
@pytest.mark.parametrize("market", ["spot", "um", "cm"])
def test_long_candles_agree(replica, market, interval):
    symbol = "ETHUSD_PERP" if market == "cm" else "ETHUSDT"
    name = {"1M": "1mo"}.get(interval, interval)
    for month in ("2022-05", "2023-11", "2024-02"):
        rows = archive_rows(replica, market, symbol, name, month)
        start, end = rows[0][0], rows[-1][0]
        assert klines_rows(replica, market, symbol, interval, startTime=start, endTime=end) == rows


def test_one_second_candles_agree_and_are_on_the_grid(replica):
    start = to_ms("2024-08-08T00:00:00Z")
    daily = archive_rows(replica, "spot", "DOGEUSDT", "1s", "2024-08-08")
    assert [row[0] for row in daily] == list(range(start, start + DAY, 1000))
    some = klines_rows(replica, "spot", "DOGEUSDT", "1s", startTime=start + 5 * HOUR, limit=1000)
    assert some == daily[5 * 3600 : 5 * 3600 + 1000]
    quiet = [row for row in daily if row[8] == 0]
    assert quiet and all(row[1] == row[2] == row[3] == row[4] and float(row[5]) == 0 for row in quiet)


def test_invented_candles_are_plausible(replica):
    for market, symbol in (("spot", "ETHUSDT"), ("um", "NEARUSDT"), ("cm", "BTCUSD_PERP")):
        rows = klines_rows(replica, market, symbol, "1h", startTime=to_ms("2024-04-01T00:00:00Z"), limit=499)
        for row in rows:
            open_price, high, low, close = (float(value) for value in row[1:5])
            assert 0 < low <= min(open_price, close) <= max(open_price, close) <= high < 2 * low
            assert 0 <= float(row[9]) <= float(row[5]) and 0 <= float(row[10]) <= float(row[7])
        assert all(row[4] == following[1] for row, following in zip(rows, rows[1:]))
        minutes = klines_rows(replica, market, symbol, "1m", startTime=rows[0][0], endTime=rows[0][0] + 59 * MINUTE)
        assert (minutes[0][1], minutes[-1][4]) == (rows[0][1], rows[0][4])


def test_large_numbers(replica):
    shib = klines_rows(replica, "spot", "SHIBUSDT", "1h", limit=1000)
    assert max(float(row[5]) for row in shib) > 92_233_720_368.5
    months = klines_rows(replica, "spot", "BTCUSDT", "1M", startTime=to_ms("2024-01-01T00:00:00Z"))
    assert max(len(row[7].replace(".", "").strip("0")) for row in months) == 20


def test_a_higher_bar_opens_on_the_grid_though_its_first_minutes_are_missing(replica):
    start = to_ms("2021-03-06T00:00:00Z")
    for symbol in ("BTCUSDT", "ETHUSDT"):
        hours = [row[0] for row in klines_rows(replica, "spot", symbol, "1h", startTime=start, limit=5)]
        assert hours == [start + hour * HOUR for hour in (0, 1, 3, 4, 5)]
        minutes = klines_rows(replica, "spot", symbol, "1m", startTime=start + 2 * HOUR, limit=1)
        assert minutes[0][0] == start + 3 * HOUR + 30 * MINUTE


def test_a_halt_cuts_all_intervals_of_a_symbol_at_one_instant(replica):
    first = to_ms("2020-02-19T11:36:00Z")
    closes = {}
    for symbol in ("BTCUSDT", "ETHUSDT", "BNBUSDT"):
        for interval in ("1m", "3m", "5m", "15m", "1h"):
            row = klines_rows(replica, "spot", symbol, interval, endTime=first - 1, limit=1)[0]
            closes.setdefault(symbol, set()).add(row[6])
    assert all(len(instants) == 1 for instants in closes.values())
    assert closes["BTCUSDT"] == {1582112132286} and len(set.union(*closes.values())) == 3


WINDOW = ("spot", "DOGEUSDT", "5m", "2023-05-05T00:00:00Z", "2023-05-06T00:00:00Z")


def test_the_same_seed_is_the_same_world(replica):
    truth = replica.rows(*WINDOW)
    with Replica(now="2026-01-01T00:00:00Z", seed=1) as same, Replica(seed=2) as other:
        assert same.rows(*WINDOW) == truth
        changed = other.rows(*WINDOW)
    assert [row[0] for row in changed] == [row[0] for row in truth]
    assert all(row[5] != before[5] for row, before in zip(changed, truth))


def test_without_fixtures_all_is_invented(replica, tmp_path):
    with Replica(now="2026-09-24T12:00:00Z", fixtures=tmp_path / "none") as bare:
        assert bare.rows(*WINDOW) == replica.rows(*WINDOW)
        day = ("spot", "BTCUSDT", "1m", "2020-01-01T00:00:00Z", "2020-01-02T00:00:00Z")
        assert len(bare.rows(*day)) == 1440 and bare.rows(*day) != replica.rows(*day)
        assert archive_rows(bare, "spot", "BTCUSDT", "1m", "2020-01-01") == bare.rows(*day)
        first, after = (to_ms(f"2021-08-13T{time}:00Z") for time in ("01:59", "06:30"))
        rows = klines_rows(bare, "spot", "BTCUSDT", "1m", startTime=first, limit=2)
        assert [row[0] for row in rows] == [first, after]  # the outages are part of the world
        assert bare.get("/api/v3/exchangeInfo").json()["rateLimits"][0]["limit"] == 6000
