"""The files of the archive: recorded ones to the byte, invented ones of the same make."""

import struct

import pytest

from helpers import MINUTE, archive_rows, check_hashes, csv_of, key_of, klines_rows
from replica_process import DATA, to_ms

ZIPS = sorted((DATA / "archive").rglob("*.zip"))
REBUILDABLE = [path for path in ZIPS if path.with_name(path.name + ".CHECKSUM").exists()]
HEADER = "open_time,open,high,low,close,volume,close_time,quote_volume,count,taker_buy_volume,taker_buy_quote_volume,ignore\n"


def key_of_path(path):
    return str(path.relative_to(DATA / "archive"))


@pytest.mark.parametrize("path", ZIPS, ids=lambda path: path.stem)
def test_recorded_zips_are_served_to_the_byte(replica, path):
    body = check_hashes(replica, key_of_path(path))
    assert body == path.read_bytes()
    if path in REBUILDABLE:
        recorded = path.with_name(path.name + ".CHECKSUM").read_bytes()
        assert replica.get(f"/{key_of_path(path)}.CHECKSUM").body == recorded


@pytest.mark.parametrize("path", REBUILDABLE, ids=lambda path: path.stem)
def test_the_zip_writer_makes_binance_s_bytes_from_the_rows(replica, path):
    rebuilt = replica.admin("POST", "rebuild", {"key": key_of_path(path)})
    assert rebuilt["sha256"] == path.with_name(path.name + ".CHECKSUM").read_text().split()[0]


def test_there_are_enough_rebuilt_zips():
    assert len(REBUILDABLE) >= 17


def test_invented_zips_are_made_the_same_way(replica):
    body = check_hashes(replica, key_of("spot", "ETHUSDT", "1h", "2024-05-05"))
    name = b"ETHUSDT-1h-2024-05-05.csv"
    signature, version, flags, method, _, _, _, _, _, name_size, extra = struct.unpack("<IHHHHHIIIHH", body[:30])
    assert (signature, version, flags, method, name_size, extra) == (0x04034B50, 20, 0, 8, len(name), 0)
    central = body[body.rindex(b"PK\x01\x02") :]
    assert struct.unpack("<H", central[4:6])[0] == 0x0314
    assert struct.unpack("<I", central[38:42])[0] == 0o100644 << 16
    assert central[46 : 46 + len(name)] == name


def test_headers_of_s3(replica):
    key = "/" + key_of("spot", "BTCUSDT", "1m", "2017-08-17")
    answer = replica.get(key)
    assert answer.headers["last-modified"] == "Tue, 18 Jul 2023 04:11:20 GMT"  # as recorded in the listing
    assert answer.headers["server"] == "AmazonS3" and int(answer.headers["content-length"]) == len(answer.body)
    head = replica.request("HEAD", key)
    del answer.headers["date"], head.headers["date"]
    assert (head.status, head.body, head.headers) == (200, b"", answer.headers)


def test_absent_keys(replica):
    for key in (
        key_of("spot", "NOSUCH", "1m", "2024-01-01"),
        key_of("spot", "BTCUSDT", "1m", "2017-08-16"),
        key_of("spot", "BTCUSDT", "1m", "2024-02-30"),
        key_of("spot", "BTCUSDT", "1m", "2024-13"),
        key_of("spot", "BTCUSDT", "1M", "2024-01"),
        key_of("spot", "BTCUSDT", "1w", "2024-01-01"),
        key_of("spot", "BTCUSDT", "3d", "2024-01-01"),
        key_of("spot", "BTCUSDT", "1mo", "2024-01-01"),
        key_of("um", "BTCUSDT", "1s", "2024-01-01"),
        key_of("cm", "BTCUSD_PERP", "1w", "2024-01-01"),
        key_of("um", "BTCUSDT", "1m", "2019-12-30"),
        key_of("cm", "BTCUSD_240628", "1m", "2024-06-29"),
        "data/spot/daily/klines/ETHUSDT/1m/BTCUSDT-1m-2024-01-01.zip",
        "data/spot/daily/klines/BTCUSDT/1m/",
        "data/nothing",
    ):
        answer = replica.get("/" + key)
        assert answer.status == 404, key
        assert answer.headers["content-type"] == "application/xml" and "<Code>NoSuchKey</Code>" in answer.text


@pytest.mark.parametrize("market", ["spot", "um", "cm"])
def test_what_there_is(replica, market):
    symbol = "ETHUSD_PERP" if market == "cm" else "ETHUSDT"
    both = ["1m", "3m", "5m", "15m", "30m", "1h", "2h", "4h", "6h", "8h", "12h", "1d"]
    for interval in both:
        for stamp in ("2024-02-02", "2024-02"):
            assert replica.request("HEAD", "/" + key_of(market, symbol, interval, stamp)).status == 200
    for interval in ("3d", "1w", "1mo"):
        assert replica.request("HEAD", "/" + key_of(market, symbol, interval, "2024-02")).status == 200


def test_delivered_contracts_live_on(replica):
    for market, symbol in (("um", "BTCUSDT_240628"), ("cm", "BTCUSD_240628")):
        rows = archive_rows(replica, market, symbol, "1m", "2024-06-28")
        assert (rows[0][0], rows[-1][0]) == (to_ms("2024-06-28T00:00:00Z"), to_ms("2024-06-28T07:59:00Z"))


def test_symbols_beyond_ascii(replica):
    for market in ("spot", "um"):
        rows = archive_rows(replica, market, "币安人生USDT", "1h", "2026-01-15")
        assert rows == klines_rows(replica, market, "币安人生USDT", "1h", startTime=rows[0][0], endTime=rows[-1][0])
        assert len(rows) == 24
    checksum = replica.get(f"/{key_of('spot', '币安人生USDT', '1h', '2026-01-15')}.CHECKSUM")
    assert checksum.text.endswith("  币安人生USDT-1h-2026-01-15.zip")


def test_units(replica):
    def first_time(market, symbol, interval, stamp):
        text = csv_of(replica.get("/" + key_of(market, symbol, interval, stamp)).body)
        line = next(line for line in text.split("\n") if line[0].isdigit())
        return line.split(",")[0], line.split(",")[6]

    assert first_time("spot", "ETHUSDT", "1d", "2024-12-31") == ("1735603200000", "1735689599999")
    assert first_time("spot", "ETHUSDT", "1d", "2025-01-01") == ("1735689600000000", "1735775999999999")
    assert first_time("um", "ETHUSDT", "1d", "2025-01-01") == ("1735689600000", "1735775999999")
    assert len(first_time("spot", "ETHUSDT", "3d", "2025-01")[0]) == 13  # Binance forgot
    assert len(first_time("spot", "ETHUSDT", "1w", "2025-01")[0]) == 16
    assert len(first_time("spot", "ETHUSDT", "1w", "2024-12")[0]) == 13


def test_header_rows(replica):
    def text(market, symbol, stamp):
        return csv_of(replica.get("/" + key_of(market, symbol, "1h", stamp)).body)

    assert text("spot", "ETHUSDT", "2026-01-01")[0].isdigit()
    assert text("um", "ETHUSDT", "2022-01-01")[0].isdigit()
    assert text("um", "ETHUSDT", "2023-01-01").startswith(HEADER)
    assert text("cm", "ETHUSD_PERP", "2020-09-01")[0].isdigit()
    assert text("cm", "ETHUSD_PERP", "2021-01-01").startswith(HEADER)


def test_lines(replica):
    for market, symbol in (("spot", "ADABTC"), ("um", "NEARUSDT"), ("cm", "BTCUSD_PERP")):
        text = csv_of(replica.get("/" + key_of(market, symbol, "1m", "2025-06-01")).body)
        lines = [line for line in text.split("\n")[:-1] if line[0].isdigit()]
        assert text.endswith("\n") and "\r" not in text and len(lines) == 1440
        assert all(len(line.split(",")) == 12 and line.endswith(",0") for line in lines)
        numbers = [field for line in lines for field in line.split(",")[1:6]]
        if market == "spot":
            assert all(len(number.split(".")[1]) == 8 for number in numbers)
        if market == "um":
            assert {len(number.partition(".")[2]) for number in numbers} == {0, 4}


def test_a_candle_lies_in_the_month_of_its_open(replica):
    weeks = archive_rows(replica, "um", "ETHUSDT", "1w", "2024-01")
    assert [row[0] for row in weeks] == [to_ms(f"2024-01-{day:02}T00:00:00Z") for day in (1, 8, 15, 22, 29)]
    triples = archive_rows(replica, "um", "ETHUSDT", "3d", "2024-02")
    assert all(row[0] // 86_400_000 % 3 == 1 for row in triples) and len(triples) in (9, 10)
    (month,) = archive_rows(replica, "um", "ETHUSDT", "1mo", "2024-02")
    assert (month[0], month[6]) == (to_ms("2024-02-01T00:00:00Z"), to_ms("2024-03-01T00:00:00Z") - 1)


def test_daily_files_appear_after_the_delay(replica):
    key = "/" + key_of("spot", "ETHUSDT", "1h", "2026-02-10")
    for clock, status in (("2026-02-11T04:59:59Z", 404), ("2026-02-11T05:00:00Z", 200)):
        replica.clock(clock)
        assert replica.get(key).status == replica.get(key + ".CHECKSUM").status == status
    assert replica.get(key).headers["last-modified"] == "Wed, 11 Feb 2026 05:00:00 GMT"


def test_monthly_files_appear_2_to_15_days_later(replica):
    for market, symbol in (("spot", "ETHUSDT"), ("um", "ETHUSDT"), ("cm", "ETHUSD_PERP")):
        key = "/" + key_of(market, symbol, "1h", "2026-02")
        replica.clock("2026-03-02T23:59:59Z")
        assert replica.get(key).status == 404
        replica.clock("2026-03-16T00:00:00Z")
        assert replica.get(key).status == 200
    assert replica.get("/" + key_of("spot", "ETHUSDT", "3d", "2026-02")).status == 404


def test_spot_3d_1w_1mo_have_holes(replica):
    for stamp, status in (("2024-02", 200), ("2024-03", 404), ("2024-04", 200), ("2026-03", 404)):
        assert replica.get("/" + key_of("spot", "ETHUSDT", "1mo", stamp)).status == status
    replica.clock("2025-12-24T00:00:00Z")
    for interval in ("3d", "1w", "1mo"):
        assert replica.get("/" + key_of("spot", "ETHUSDT", interval, "2025-04")).status == 404
    assert replica.get("/" + key_of("um", "ETHUSDT", "1mo", "2025-04")).status == 200


def test_a_day_of_outage_has_no_file(replica):
    for market, symbol in (("spot", "ETHUSDT"), ("um", "ETHUSDT"), ("cm", "ETHUSD_PERP")):
        assert replica.get("/" + key_of(market, symbol, "1m", "2025-12-18")).status == 404
        rows = archive_rows(replica, market, symbol, "1m", "2025-12-17")
        assert rows[-1][0] == to_ms("2025-12-17T21:29:00Z") and rows[-1][6] < rows[-1][0] + MINUTE - 1


def test_recorded_files_that_differ_keep_their_bytes_and_rest_follows_the_daily_one(replica):
    day = to_ms("2018-02-08T00:00:00Z")
    (daily,) = archive_rows(replica, "spot", "BTCUSDT", "1d", "2018-02-08")
    monthly = [row for row in archive_rows(replica, "spot", "BTCUSDT", "1d", "2018-02") if row[0] == day][0]
    assert (daily[6], monthly[6]) == (1518049694788, 1518134399999)
    assert klines_rows(replica, "spot", "BTCUSDT", "1d", startTime=day, endTime=day) == [daily]

    hour = to_ms("2021-01-11T08:00:00Z")
    daily = [row for row in archive_rows(replica, "spot", "BTCUSDT", "1h", "2021-01-11") if row[0] == hour][0]
    monthly = [row for row in archive_rows(replica, "spot", "BTCUSDT", "1h", "2021-01") if row[0] == hour][0]
    assert (daily[3], monthly[3]) == ("34101.01000000", "34249.00000000")
    assert klines_rows(replica, "spot", "BTCUSDT", "1h", startTime=hour, endTime=hour) == [daily]


def test_a_file_asked_for_by_many_at_once_is_one_file(replica):
    import concurrent.futures

    key = "/" + key_of("spot", "BNBUSDT", "1s", "2025-02-02")
    with concurrent.futures.ThreadPoolExecutor(6) as pool:
        bodies = {answer.body for answer in pool.map(lambda _: replica.get(key), range(6))}
    assert len(bodies) == 1 and len(csv_of(bodies.pop()).split("\n")) == 86_401
