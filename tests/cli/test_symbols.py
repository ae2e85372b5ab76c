"""`klinekeep symbols`."""

import json

import pytest


def test_it_lists_what_exchange_info_has(kk):
    result = kk("symbols").ok()
    assert result.text.splitlines()[0] == "symbol,status,since"
    rows = {row["symbol"]: row for row in result.rows}
    assert rows["BTCUSDT"]["status"] == "TRADING" and rows["BTCUSDT"]["since"] == ""
    assert any(row["status"] == "BREAK" for row in rows.values())
    assert "币安人生USDT" in rows


@pytest.mark.parametrize("market", ["um", "cm"])
def test_futures_say_since_when(kk, market):
    rows = kk("symbols", "--market", market).ok().rows
    assert all(row["since"] for row in rows)


def test_patterns_json_and_since(kk, replica):
    rows = json.loads(kk("symbols", "--json", "BTCUSDT", "ETHUSD?").ok().text)
    assert [row["symbol"] for row in rows] == ["BTCUSDT", "ETHUSDT"]
    assert rows[0]["since"] is None
    replica.clear_log()
    rows = json.loads(kk("symbols", "--json", "--since", "BTCUSDT").ok().text)
    assert rows[0]["since"] == "2017-08-17"
    assert len(replica.log("prefix=")) == 1


def test_failures(kk, replica, dead):
    assert dead("symbols").code == 8
    replica.fault(match="exchangeInfo", kind="body", text="<html>", content_type="text/html")
    assert kk("symbols").code == 4
    replica.clear()
    replica.fault(match="exchangeInfo", kind="status", status=418, retry_after="600")
    assert kk("symbols").code == 5


def test_a_tolerant_reader(kk, replica):
    """Fields may be missing, symbols repeated; what is no symbol is left out."""
    text = '{"symbols":[{"symbol":"AAA"},{"symbol":"AAA","status":"X"},{"status":"Y"},{"symbol":7},{"symbol":"../x"},{"symbol":"B","contractStatus":"TRADING"}]}'
    replica.fault(match="exchangeInfo", kind="body", text=text, content_type="application/json")
    assert [(r["symbol"], r["status"]) for r in kk("symbols").ok().rows] == [("AAA", ""), ("B", "TRADING")]


def test_what_the_cache_has_is_listed_too(kk, replica):
    """BTCUSDT_240628 was delivered: exchangeInfo does not speak of it any more."""
    assert "BTCUSDT_240628" not in kk("symbols", "--market", "um").ok().text
    kk.get("BTCUSDT_240628", "1h", "2024-06-01", "2024-06-02", "vision", market="um").ok()
    assert "BTCUSDT_240628,," in kk("symbols", "--market", "um").ok().text
    assert "BTCUSDT_240628" not in kk("symbols", "--market", "spot").ok().text
