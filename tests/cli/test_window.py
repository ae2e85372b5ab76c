"""C1 to C3: the window asked, closed candles only, bad requests before any I/O."""

import pytest

pytestmark = pytest.mark.usefixtures("uncached")

MINUTE = 60_000
DAY = 86_400_000
T0 = 1_704_067_200_000  # 2024-01-01T00:00:00Z


def test_both_ends_are_inclusive(kk):
    result = kk.get("BTCUSDT", "1m", "2024-01-01T00:00:00Z", "2024-01-01T00:05:00Z", "rest").ok()
    assert result.times == [T0 + i * MINUTE for i in range(6)]


def test_unaligned_ends_move_inwards(kk):
    result = kk.get("BTCUSDT", "1s", "2024-03-15T12:34:56.500Z", "2024-03-15T12:35:02.123Z", "rest").ok()
    first = 1_710_506_097_000
    assert result.times == [first + i * 1000 for i in range(6)]


def test_start_equal_to_end_on_the_grid_is_one_candle(kk):
    assert kk.get("BTCUSDT", "1h", "2024-01-01T03:00Z", "2024-01-01T03:00Z", "rest").ok().times == [T0 + 3 * 3_600_000]


def test_a_window_without_a_grid_point_is_empty_and_asks_nothing(kk, replica):
    result = kk.get("BTCUSDT", "1h", "2024-01-01T03:00:01Z", "2024-01-01T03:59Z", "rest").ok()
    assert result.text == (
        "open_time,open,high,low,close,volume,close_time,quote_volume,trades,taker_buy_volume,taker_buy_quote_volume\n"
    )
    assert replica.log() == []


@pytest.mark.parametrize("count", [1, 2, 99, 100, 101, 499, 500, 999, 1000, 1001, 1999, 2000, 2001, 3001])
@pytest.mark.parametrize("market, page", [("spot", 1000), ("um", 499), ("cm", 499)])
def test_every_count_comes_whole_in_the_fewest_calls(kk, replica, market, page, count):
    symbol = "BTCUSD_PERP" if market == "cm" else "BTCUSDT"
    end = T0 + (count - 1) * MINUTE
    result = kk.get(symbol, "1m", T0, end, "rest", market=market).ok()
    assert result.times == [T0 + i * MINUTE for i in range(count)]
    calls = replica.log("/klines")
    assert len(calls) == -(-count // page)
    left = [min(page, count - i * page) for i in range(len(calls))]
    expected = [str(n) if n < 100 else str(page) for n in left]
    assert sorted(call["query"]["limit"] for call in calls) == sorted(expected)


@pytest.mark.parametrize("market", ["um", "cm"])
def test_coin_margined_windows_stay_below_200_days(kk, replica, market):
    symbol = "BTCUSD_PERP" if market == "cm" else "BTCUSDT"
    result = kk.get(symbol, "1d", "2022-01-01", "2023-12-31", "rest", market=market).ok()
    assert len(result.rows) == 730
    spans = [int(c["query"]["endTime"]) - int(c["query"]["startTime"]) for c in replica.log("/klines")]
    assert len(spans) == (4 if market == "cm" else 2)
    assert market == "um" or max(spans) < 200 * DAY


def test_the_forming_candle_is_left_out_unless_asked_for(kk, replica):
    closed = kk.get("BTCUSDT", "1h", "2026-09-24T09:30Z", "now", "rest", env={"KLINEKEEP_NOW": "2026-09-24T12:00:00.5Z"}).ok()
    assert len(closed.rows) == 2
    replica.clock("2026-09-24T12:20:00Z")
    forming = kk.get(
        "BTCUSDT", "1h", "2026-09-24T09:30Z", "now", "rest", "--include-open", env={"KLINEKEEP_NOW": "2026-09-24T12:20Z"}
    ).ok()
    assert len(forming.rows) == 3
    assert forming.rows[:2] == closed.rows


def test_a_candle_closes_when_its_close_time_is_before_now(kk, replica):
    def rows(now):
        replica.clock(now)
        return len(kk.get("BTCUSDT", "1m", "2026-09-24T11:58Z", "now", "rest", env={"KLINEKEEP_NOW": now}).ok().rows)

    assert rows("2026-09-24T11:59:59.999Z") == 1
    assert rows("2026-09-24T12:00:00.000Z") == 2


def test_each_answers_own_time_decides_what_is_closed(kk, replica):
    """Our clock is an hour ahead of the exchange's, by two of its answers."""
    kk.env["KLINEKEEP_NOW"] = "2026-09-24T13:00:00Z"
    late, report = kk.report("BTCUSDT", "1m", "2026-09-24T11:50Z", "2026-09-24T12:05Z", "rest")
    assert late.code == 0 and len(late.rows) == 10, late.err
    assert late.rows[-1]["open_time"] == "1790251140000"
    assert report["gaps"] == [{"from": "2026-09-24T12:00:00Z", "to": "2026-09-24T12:05:00Z", "reason": "not_yet"}]
    assert any("our clock is 3600 s ahead" in note for note in report["notes"]), report["notes"]
    assert len(replica.log("/klines")) == 2


def test_end_in_the_future_is_refused_before_any_request(kk, replica):
    result = kk.get("BTCUSDT", "1m", "2026-09-24", "2026-09-24T12:00:01Z", "rest")
    assert (result.code, result.text) == (2, "")
    assert "is in the future" in result.err
    assert kk.get("BTCUSDT", "1m", "2026-09-24", "2026-09-25", "rest").code == 2
    assert replica.log() == []


def test_today_as_end_means_up_to_now(kk):
    assert len(kk.get("BTCUSDT", "1h", "2026-09-24", "2026-09-24", "rest").ok().rows) == 12


def test_start_after_end_is_refused(kk, replica):
    result = kk.get("BTCUSDT", "1m", "2024-01-02", "2024-01-01T00:00Z", "rest")
    assert result.code == 2
    assert "is after end time" in result.err
    assert replica.log() == []


def test_an_interval_that_the_market_lacks_names_those_it_has(kk, replica):
    result = kk.get("BTCUSDT", "1s", "2024-01-01", "2024-01-01", "rest", market="um")
    assert result.code == 2
    assert "1m, 3m, 5m" in result.err
    assert replica.log() == []


@pytest.mark.parametrize("interval", ["7m", "1mm", "", "1H", "60", "1M ", "月"])
def test_an_unknown_interval_is_refused(kk, interval):
    result = kk.get("BTCUSDT", interval, "2024-01-01", "2024-01-01", "rest")
    assert result.code == 2 and "1m" in result.err


def test_minute_and_month_are_not_confused(kk, replica):
    assert len(kk.get("BTCUSDT", "1M", "2024-01-01", "2024-03-31", "rest").ok().rows) == 3
    assert replica.log()[-1]["query"]["interval"] == "1M"
    assert len(kk.get("BTCUSDT", "1M", "2024-01-01", "2024-02-29", "vision").ok().rows) == 2
    assert replica.log()[-1]["path"].endswith((".zip", ".zip.CHECKSUM"))
    assert "/1mo/" in replica.log()[-1]["path"]
