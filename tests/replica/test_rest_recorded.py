"""What Binance answered is what the replica answers, at the time at which it was recorded."""

import csv
import json

import pytest

from helpers import REST
from replica_process import DATA

QUERIES = list(csv.DictReader((DATA / "rest/queries.csv").open()))
KLINES = [q for q in QUERIES if q["query_fits_body"] == "yes" and q["path"].lower().endswith("klines")]
LATER = "2026-09-24T12:00:00Z"


def body_of(query):
    return json.loads((DATA / "rest" / query["file"]).read_text())


def clock_for(query):
    """Inside the last candle where it was recorded open."""
    if "open" in query["note"] and "opens" not in query["note"]:
        body = body_of(query)
        fields = dict(pair.split("=") for pair in query["query"].split("&"))
        return int(fields.get("endTime", body[-1][0] + 1000))
    if "CURRENT_QUARTER" in query["query"]:
        return body_of(query)[-1][0] + 1000
    return LATER


@pytest.mark.parametrize("query", KLINES, ids=lambda q: q["file"])
def test_klines_answer_the_recorded_body(replica, query):
    replica.clock(clock_for(query))
    answer = replica.get(f"{query['path']}?{query['query']}")
    recorded, answered = body_of(query), answer.json()
    assert answer.status == int(query["status"])
    if query["file"].endswith("_early.json"):  # three days were revised afterwards: the late body is the truth
        differing = [row[0] for row, other in zip(recorded, answered, strict=True) if row != other]
        assert len(differing) == 3
    else:
        assert answered == recorded


def test_an_open_candle_is_replaced_by_its_whole_self_once_closed(replica):
    (query,) = [q for q in KLINES if q["file"].endswith("5m_latest_24.json")]
    recorded = body_of(query)
    replica.clock(recorded[-1][0] + 300_000)
    rows = replica.get(f"{query['path']}?{query['query']}").json()
    assert rows[:-2] == recorded[1:-1]
    assert rows[-2][0] == recorded[-1][0] and rows[-2] != recorded[-1]


def test_invalid_symbol_is_the_recorded_error(replica):
    """It was recorded on another endpoint; klines says the same."""
    answer = replica.get("/fapi/v1/klines?symbol=BTCUSD_201225&interval=1h")
    assert answer.status == 400
    assert answer.json() == json.loads((DATA / "rest/um/error_-1121.json").read_text())


@pytest.mark.parametrize("market", ["spot", "um"])
def test_time_is_the_recorded_one(replica, market):
    recorded = json.loads((DATA / f"rest/{market}/time.json").read_text())
    replica.clock(recorded["serverTime"])
    assert replica.get(f"{REST[market]}/time").json() == recorded


@pytest.mark.parametrize("market", ["spot", "um", "cm"])
def test_exchange_info_keeps_the_recorded_symbols_and_adds_the_others(replica, market):
    recorded = json.loads((DATA / f"rest/{market}/exchangeInfo.json").read_text())
    answered = replica.get(f"{REST[market]}/exchangeInfo").json()
    assert answered["symbols"][: len(recorded["symbols"])] == recorded["symbols"]
    names = [entry["symbol"] for entry in answered["symbols"]]
    assert len(names) == len(set(names))
    expected = {"spot": {"SHIBUSDT", "BCCUSDT", "币安人生USDT"}, "um": {"NEARUSDT", "币安人生USDT"}, "cm": {"BTCUSD_PERP"}}
    assert expected[market] <= set(names)
    assert "BTCUSDT_240628" not in names and "BTCUSD_240628" not in names
    lag = {"spot": 0, "um": 37, "cm": 22}[market]
    assert replica.clock() - answered["serverTime"] == lag * 3_600_000
    if market != "spot":
        assert all("onboardDate" in entry for entry in answered["symbols"])


def test_exchange_info_of_spot_can_be_narrowed(replica):
    answer = replica.get('/api/v3/exchangeInfo?symbols=["BCCUSDT","ADABTC"]').json()
    assert {entry["symbol"]: entry["status"] for entry in answer["symbols"]} == {"BCCUSDT": "BREAK", "ADABTC": "TRADING"}
    assert replica.get("/api/v3/exchangeInfo?symbol=NOSUCH").json()["code"] == -1121
