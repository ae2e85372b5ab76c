"""Bounds, limits, weights and errors of the REST endpoints, market by market."""

import datetime

import pytest

from helpers import DAY, HOUR, MINUTE, REST, klines, klines_rows
from replica_process import to_ms

MAX_LIMIT = {"spot": 1000, "um": 1500, "cm": 1500}
SYMBOL = {"spot": "ETHUSDT", "um": "ETHUSDT", "cm": "ETHUSD_PERP"}
START = to_ms("2024-03-01T00:00:00Z")
markets = pytest.mark.parametrize("market", ["spot", "um", "cm"])


def opens(rows):
    return [row[0] for row in rows]


@markets
def test_bounds_are_inclusive_and_go_inwards_off_the_grid(replica, market):
    def between(start, end):
        return opens(klines_rows(replica, market, SYMBOL[market], "1m", startTime=start, endTime=end))

    assert between(START, START + 2 * MINUTE) == [START, START + MINUTE, START + 2 * MINUTE]
    assert between(START + 1, START + 2 * MINUTE - 1) == [START + MINUTE]
    assert between(START, START) == [START]
    assert between(START + 1, START + MINUTE - 1) == []


@markets
def test_limit_keeps_the_oldest_rows_but_on_coin_m_the_newest(replica, market):
    window = {"startTime": START, "endTime": START + 99 * MINUTE, "limit": 10}
    rows = opens(klines_rows(replica, market, SYMBOL[market], "1m", **window))
    first = START + 90 * MINUTE if market == "cm" else START
    assert rows == [first + i * MINUTE for i in range(10)]


@markets
def test_without_start_the_newest_rows_win(replica, market):
    rows = opens(klines_rows(replica, market, SYMBOL[market], "1h", endTime=START, limit=3))
    assert rows == [START - 2 * HOUR, START - HOUR, START]
    now = replica.clock()
    rows = opens(klines_rows(replica, market, SYMBOL[market], "1h", limit=2))
    assert rows == [now - HOUR, now]


@markets
def test_start_alone_goes_on_from_there(replica, market):
    rows = opens(klines_rows(replica, market, SYMBOL[market], "1d", startTime=START, limit=1000))
    if market == "cm":  # 200 days, both ends included
        assert (rows[0], rows[-1], len(rows)) == (START, START + 200 * DAY, 201)
        rows = opens(klines_rows(replica, market, SYMBOL[market], "1h", startTime=START, limit=5))
        assert rows[-1] == START + 200 * DAY
    else:
        assert (rows[0], rows[-1]) == (START, replica.clock() - 12 * HOUR)


def test_end_alone_reaches_back_200_days_on_coin_m(replica):
    rows = opens(klines_rows(replica, "cm", "BTCUSD_PERP", "1d", endTime=START, limit=1000))
    assert (rows[0], rows[-1], len(rows)) == (START - 200 * DAY, START, 201)


def test_coin_m_refuses_more_than_200_days(replica):
    window = {"startTime": START, "endTime": START + 200 * DAY}
    assert klines(replica, "cm", "BTCUSD_PERP", "1d", **window).status == 200
    window["endTime"] += 1
    answer = klines(replica, "cm", "BTCUSD_PERP", "1d", **window)
    assert (answer.status, answer.json()["code"]) == (400, -4088)


@markets
def test_default_and_largest_limit(replica, market):
    assert len(klines_rows(replica, market, SYMBOL[market], "1m")) == 500
    most = MAX_LIMIT[market]
    assert len(klines_rows(replica, market, SYMBOL[market], "1m", limit=most)) == most
    answer = klines(replica, market, SYMBOL[market], "1m", limit=most + 1)
    if market == "spot":
        assert len(answer.json()) == most
    else:
        assert (answer.status, answer.json()["code"]) == (400, -1130)


@markets
@pytest.mark.parametrize("limit", [1, 99, 100, 499, 500, 1000])
def test_weight_follows_the_limit(replica, market, limit):
    before = replica.budget(market, used=0)["used"]
    answer = klines(replica, market, SYMBOL[market], "1m", limit=limit)
    futures = 1 if limit < 100 else 2 if limit < 500 else 5
    assert before == 0 and int(answer.headers["x-mbx-used-weight-1m"]) == (2 if market == "spot" else futures)


def test_weight_of_the_other_endpoints(replica):
    for market, weight in (("um", 10), ("cm", 10)):
        replica.budget(market, used=0)
        answer = klines(replica, market, SYMBOL[market], "1m", limit=1500)
        assert int(answer.headers["x-mbx-used-weight-1m"]) == weight
    for market in REST:
        for endpoint, weight in (("ping", 1), ("time", 1), ("exchangeInfo", 20 if market == "spot" else 1)):
            replica.budget(market, used=0)
            answer = replica.get(f"{REST[market]}/{endpoint}")
            assert (answer.status, answer.headers["x-mbx-used-weight-1m"]) == (200, str(weight))


@markets
def test_nothing_there_is_an_empty_array(replica, market):
    ancient = {"startTime": to_ms("2015-01-01T00:00:00Z"), "endTime": to_ms("2015-02-01T00:00:00Z")}
    future = {"startTime": replica.clock() + DAY, "endTime": replica.clock() + 2 * DAY}
    outage = {"startTime": to_ms("2025-12-18T00:00:00Z"), "endTime": to_ms("2025-12-18T23:59:00Z")}
    for window in (ancient, future, outage):
        assert klines_rows(replica, market, SYMBOL[market], "1m", **window) == []


@markets
def test_start_after_end(replica, market):
    answer = klines(replica, market, SYMBOL[market], "1m", startTime=START + 1, endTime=START)
    if market == "spot":
        assert (answer.status, answer.json()) == (200, [])
    else:
        assert (answer.status, answer.json()["code"]) == (400, -1023)


@markets
@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("", -1102),
        ("interval=1m", -1102),
        ("symbol=&interval=1m", -1102),
        ("symbol=ETHUSDT", -1102),
        ("symbol=ETH/USDT&interval=1m", -1100),
        ("symbol=ethusdt&interval=1m", -1100),
        ("symbol=NO/SUCH&interval=1x", -1100),
        ("symbol=NOSUCH&interval=1m", -1121),
        ("symbol=NOSUCH&interval=1x", -1120),
        ("symbol=ETHUSDT&interval=1mo", -1120),
        ("symbol=ETHUSDT&interval=1m&limit=ten", -1100),
        ("symbol=ETHUSDT&interval=1m&limit=0", -1130),
        ("symbol=ETHUSDT&interval=1m&startTime=-1", -1100),
        ("symbol=ETHUSDT&interval=1m&timeZone=8", -1130),
    ],
)
def test_errors(replica, market, query, code):
    answer = replica.get(f"{REST[market]}/klines?{query}")
    assert (answer.status, answer.json()["code"]) == (400, code)
    assert set(answer.json()) == {"code", "msg"}


def test_messages_are_binance_s(replica):
    def message(query):
        return replica.get(f"/api/v3/klines?{query}").json()["msg"]

    assert message("symbol=NOSUCH&interval=1m") == "Invalid symbol."
    assert message("symbol=ETHUSDT&interval=7m") == "Invalid interval."
    assert message("interval=1m") == "Mandatory parameter 'symbol' was not sent, was empty/null, or malformed."
    assert message("symbol=a&interval=1m") == (
        "Illegal characters found in parameter 'symbol'; legal range is '^[\\w\\-._&&[^a-z]]{1,50}$'."
    )


@markets
def test_one_second_is_only_on_spot(replica, market):
    answer = klines(replica, market, SYMBOL[market], "1s", limit=2)
    assert (answer.status == 200) == (market == "spot")


@markets
def test_month_is_1M(replica, market):
    rows = klines_rows(replica, market, SYMBOL[market], "1M", limit=3)
    assert [datetime.datetime.fromtimestamp(row[0] / 1000, datetime.timezone.utc).day for row in rows] == [1, 1, 1]


def test_delivered_contracts_are_gone_from_rest_and_alive_before(replica):
    for market, symbol in (("um", "BTCUSDT_240628"), ("cm", "BTCUSD_240628")):
        replica.clock("2024-06-28T07:59:30Z")
        assert klines_rows(replica, market, symbol, "1m", limit=1)[0][0] == to_ms("2024-06-28T07:59:00Z")
        replica.clock("2024-06-28T08:00:00Z")
        assert klines(replica, market, symbol, "1m").json()["code"] == -1121


def test_delisted_spot_keeps_its_history(replica):
    rows = klines_rows(replica, "spot", "BCCUSDT", "1h", limit=2)
    assert rows[-1][0] == to_ms("2018-11-16T03:00:00Z")


def test_symbols_before_their_listing_are_unknown(replica):
    replica.clock("2025-12-11T09:59:59Z")
    assert klines(replica, "spot", "币安人生USDT", "1m").json()["code"] == -1121
    replica.clock("2025-12-11T10:00:30Z")
    assert len(klines_rows(replica, "spot", "币安人生USDT", "1m")) == 1


def test_first_candles(replica):
    def first(market, symbol, interval):
        return klines_rows(replica, market, symbol, interval, startTime=0, limit=1)[0][0]

    assert first("spot", "BTCUSDT", "1m") == to_ms("2017-08-17T04:00:00Z")
    assert first("spot", "BTCUSDT", "1d") == to_ms("2017-08-17T00:00:00Z")
    assert first("spot", "BTCUSDT", "3d") == to_ms("2017-08-17T00:00:00Z")
    assert first("spot", "BTCUSDT", "1w") == to_ms("2017-08-14T00:00:00Z")
    assert first("spot", "BTCUSDT", "1M") == to_ms("2017-08-01T00:00:00Z")
    assert first("um", "BTCUSDT", "1d") == to_ms("2019-09-08T00:00:00Z")


def test_the_open_candle_comes_last_and_grows(replica):
    open_time = to_ms("2026-05-05T10:00:00Z")
    counts = []
    for minutes in (1, 20, 45):
        replica.clock(open_time + minutes * MINUTE)
        last = klines_rows(replica, "spot", "BTCUSDT", "1h", limit=2)[-1]
        assert (last[0], last[6]) == (open_time, open_time + HOUR - 1)
        assert float(last[3]) <= min(float(last[1]), float(last[4])) and float(last[2]) >= max(float(last[1]), float(last[4]))
        counts.append(last[8])
    replica.clock(open_time + HOUR)
    whole, forming = klines_rows(replica, "spot", "BTCUSDT", "1h", limit=2)
    assert whole[0] == open_time and forming[0] == open_time + HOUR
    assert counts == sorted(counts) and 0 < counts[0] < whole[8]
    assert whole == replica.rows("spot", "BTCUSDT", "1h", open_time, open_time + HOUR)[0]


def test_microseconds_on_spot(replica):
    target = f"/api/v3/klines?symbol=ETHUSDT&interval=1m&startTime={START}&limit=1"
    plain = replica.get(target).json()[0]
    micros = replica.get(target, headers={"X-MBX-TIME-UNIT": "MICROSECOND"}).json()[0]
    assert (micros[0], micros[6]) == (plain[0] * 1000, plain[6] * 1000 + 999)
    assert micros[1:6] + micros[7:] == plain[1:6] + plain[7:]
    bounds = {"startTime": START * 1000 + 1, "endTime": (START + 2 * MINUTE) * 1000 - 1}
    assert opens(klines_rows(replica, "spot", "ETHUSDT", "1m", **bounds)) == [START + MINUTE]


def test_coin_m_counts_contracts_and_base_asset(replica):
    row = klines_rows(replica, "cm", "BTCUSD_PERP", "1h", startTime=START, endTime=START)[0]
    assert row[5].isdigit() and row[9].isdigit()
    price = (float(row[2]) + float(row[3])) / 2
    assert float(row[7]) == pytest.approx(int(row[5]) * 100 / price, rel=0.02)


def test_continuous_contracts(replica):
    target = "/fapi/v1/continuousKlines?pair=BTCUSDT&contractType=PERPETUAL&interval=1h&limit=3"
    assert replica.get(target).json() == klines_rows(replica, "um", "BTCUSDT", "1h", limit=3)
    assert replica.get("/api/v3/continuousKlines?pair=BTCUSDT&contractType=PERPETUAL&interval=1h").status == 404


def test_unknown_paths_are_html(replica):
    for path in ("/api/v3/nothing", "/api/v4/klines", "/favicon.ico"):
        answer = replica.get(path)
        assert answer.status == 404 and answer.headers["content-type"] == "text/html" and "<html>" in answer.text


def test_every_answer_has_the_exchange_s_date(replica):
    replica.clock("2024-02-29T23:59:58Z")
    for target in ("/api/v3/ping", "/nothing", "/data/nothing", "/?prefix=data/"):
        assert replica.get(target).headers["date"] == "Thu, 29 Feb 2024 23:59:58 GMT"
