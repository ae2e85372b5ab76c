"""Each real file of the fixtures, through the real program, equals its text parsed by strtod, bit for bit."""

import csv
import hashlib
import io
import pathlib
import re
import struct
import zipfile

import pytest
from klinekeep_process import TESTS

pytestmark = pytest.mark.usefixtures("uncached")

ARCHIVE = TESTS / "data" / "archive"
ZIPS = sorted(ARCHIVE.rglob("*.zip"))
MARKETS = {"spot": "spot", "futures/um": "um", "futures/cm": "cm"}
NAME = re.compile(r"(?P<symbol>[A-Z]+)-(?P<interval>\w+)-(?P<stamp>\d{4}-\d\d(-\d\d)?)\.zip")


def bits(text: str) -> bytes:
    return struct.pack("<d", float(text))  # Python's float is strtod's nearest double


def raw_rows(path: pathlib.Path) -> list[list[str]]:
    with zipfile.ZipFile(path) as archive:
        text = archive.read(archive.namelist()[0]).decode()
    return [row for row in csv.reader(io.StringIO(text)) if row[0].isdigit()]


def to_ms(text: str) -> int:
    return int(text) // 1000 if len(text) == 16 else int(text)


def differences(rows, raw) -> list[str]:
    found = []
    for number, (row, line) in enumerate(zip(rows, raw, strict=True)):
        values = list(row.values())
        for i in (0, 6):
            if int(values[i]) != to_ms(line[i]):
                found.append(f"row {number}, column {i}: {values[i]} for {line[i]}")
        for i in (1, 2, 3, 4, 5, 7, 9, 10):
            if bits(values[i]) != bits(line[i]):
                found.append(f"row {number}, column {i}: {values[i]} for {line[i]}")
        if int(values[8]) != int(line[8]):
            found.append(f"row {number}, trades: {values[8]} for {line[8]}")
    return found


def fetch(kk, path):
    market = next(m for prefix, m in MARKETS.items() if f"/data/{prefix}/" in str(path))
    parts = NAME.fullmatch(path.name)
    interval = parts["interval"].replace("1mo", "1M")
    raw = raw_rows(path)
    first, last = to_ms(raw[0][0]), to_ms(raw[-1][0])
    granularity = "monthly" if "/monthly/" in str(path) else "daily"
    return market, parts["symbol"], interval, first, last, granularity, raw


@pytest.mark.parametrize("path", ZIPS, ids=lambda p: f"{p.parts[-5]}-{p.stem}")
def test_every_archive_file(kk, replica, path):
    market, symbol, interval, first, last, granularity, raw = fetch(kk, path)
    other = {"daily": "/monthly/", "monthly": "/daily/"}[granularity]
    replica.fault(match=f"^/data/.*{other}", kind="missing")  # so that this file is what is read
    result, report = kk.report(symbol, interval, first, last, "vision", market=market)
    result.ok()
    assert path.name in {entry["path"].rpartition("/")[2] for entry in replica.log("/data/")}
    assert differences(result.rows, raw) == []
    assert report["parts"] == {"verified": 1, "etag": 0, "unverified": 0}


def test_the_comparison_can_fail(kk, replica):
    path = next(p for p in ZIPS if p.name == "BTCUSDT-1h-2025-01-01.zip")
    market, symbol, interval, first, last, _, raw = fetch(kk, path)
    rows = kk.get(symbol, interval, first, last, "vision", market=market).ok().rows
    assert differences(rows, raw) == []
    ulp = struct.unpack("<d", struct.pack("<q", struct.unpack("<q", bits(raw[3][4]))[0] + 1))[0]
    raw[3][4] = repr(ulp)
    assert len(differences(rows, raw)) == 1


def test_fixtures_are_those_of_the_provenance():
    sums = (TESTS / "data" / "SHA256SUMS").read_text().splitlines()
    assert len(sums) > 80
    for line in sums:
        digest, name = line.split(maxsplit=1)
        assert hashlib.sha256((TESTS / "data" / name).read_bytes()).hexdigest() == digest, name


@pytest.mark.parametrize("day", ["2017-09-06", "2017-12-18", "2018-02-09", "2018-06-26", "2018-07-04", "2019-06-07", "2019-11-13", "2020-02-19", "2021-02-11", "2021-03-06", "2021-08-13"])
@pytest.mark.parametrize("source", ["rest", "vision"])
def test_real_outages_are_holes_in_the_report(kk, day, source):
    """Pitfalls 13 and 18: every missing minute is found, none is invented."""
    raw = list(csv.reader((TESTS / "data" / "anomalies" / f"BTCUSDT-1m-{day}.csv").open()))
    result, report = kk.report("BTCUSDT", "1m", day, day, source)
    result.ok()
    assert differences(result.rows, raw) == []
    gaps = csv.DictReader((TESTS / "data" / "anomalies" / "gaps.csv").open())
    begin = to_ms(raw[0][0]) // 86_400_000 * 86_400_000
    known = [
        (max(int(g["first_missing_open_ms"]), begin), min(int(g["first_present_open_ms"]), begin + 86_400_000) - 60_000)
        for g in gaps
        if int(g["first_missing_open_ms"]) < begin + 86_400_000 and int(g["first_present_open_ms"]) > begin
    ]
    assert [(iso_ms(g["from"]), iso_ms(g["to"])) for g in report["gaps"]] == known
    assert {g["reason"] for g in report["gaps"]} == {"absent_in_rest" if source == "rest" else "absent_in_archive"}


def iso_ms(text: str) -> int:
    import datetime

    return round(datetime.datetime.fromisoformat(text.replace("Z", "+00:00")).timestamp() * 1000)
