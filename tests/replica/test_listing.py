"""S3's ListObjects v1, page by page."""

import re
import urllib.parse
import xml.etree.ElementTree as ElementTree

import pytest

from helpers import check_hashes
from replica_process import DATA

DAYS = "data/spot/daily/klines/BTCUSDT/1m/"


class Page:
    def __init__(self, text):
        root = ElementTree.fromstring(re.sub(r' xmlns="[^"]*"', "", text, count=1))
        self.fields = {child.tag: child.text for child in root if child.tag not in ("Contents", "CommonPrefixes")}
        self.contents = [{field.tag: field.text for field in entry} for entry in root.iter("Contents")]
        self.keys = [entry["Key"] for entry in self.contents]
        self.prefixes = [entry.find("Prefix").text for entry in root.iter("CommonPrefixes")]
        self.truncated = self.fields["IsTruncated"] == "true"


def listing(replica, path="/", **parameters):
    query = urllib.parse.urlencode({name.replace("_", "-"): value for name, value in parameters.items()})
    answer = replica.get(f"{path}?{query}")
    assert (answer.status, answer.headers["content-type"]) == (200, "application/xml")
    return Page(answer.text)


def recorded(name):
    return Page((DATA / "listing" / name).read_text())


def test_the_first_recorded_page(replica):
    answered, page = listing(replica, prefix=DAYS, delimiter="/", max_keys=12), recorded("daily-page1.xml")
    assert answered.fields == page.fields
    assert answered.contents == page.contents  # keys, sizes, ETags, dates


def test_the_second_recorded_page_goes_on_after_the_marker(replica):
    """Its days were not recorded, so only their names and dates can be the same; the recorder cut it and called it the last."""
    page = recorded("daily-page2.xml")
    answered = listing(replica, prefix=DAYS, delimiter="/", max_keys=12, marker=page.fields["Marker"])
    assert answered.keys == page.keys
    assert [entry["LastModified"] for entry in answered.contents] == [entry["LastModified"] for entry in page.contents]
    assert answered.fields["Marker"] == page.fields["Marker"] and answered.truncated


def test_an_unknown_prefix_is_empty(replica):
    page = recorded("empty.xml")
    answered = listing(replica, prefix=page.fields["Prefix"], delimiter="/")
    assert answered.fields == page.fields and answered.contents == []


def test_the_bucket_may_be_in_the_path(replica):
    parameters = {"prefix": DAYS, "delimiter": "/", "max_keys": 7}
    assert listing(replica, "/data.binance.vision", **parameters).keys == listing(replica, **parameters).keys


@pytest.mark.parametrize("delimiter", ["/", ""])
def test_pages_of_a_thousand_join_up(replica, delimiter):
    prefix = "data/spot/daily/klines/BTCUSDT/1d/"
    keys, marker, pages = [], "", 0
    while True:
        page = listing(replica, prefix=prefix, marker=marker, **({"delimiter": delimiter} if delimiter else {}))
        assert len(page.keys) == 1000 or not page.truncated
        assert ("NextMarker" in page.fields) == (page.truncated and delimiter == "/")
        if page.truncated and delimiter:
            assert page.fields["NextMarker"] == page.keys[-1]
        keys += page.keys
        pages += 1
        if not page.truncated:
            break
        marker = page.keys[-1]
    assert pages == 7 and keys == sorted(keys, key=str.encode) and len(set(keys)) == len(keys)
    assert keys[0] == prefix + "BTCUSDT-1d-2017-08-17.zip" and keys[1] == keys[0] + ".CHECKSUM"
    assert keys[-1] == prefix + "BTCUSDT-1d-2026-09-23.zip.CHECKSUM"
    assert not any("2025-12-18" in key for key in keys)  # a day without a candle


def test_a_marker_in_between_is_exclusive(replica):
    zip_key = DAYS + "BTCUSDT-1m-2020-01-01.zip"
    for marker, first in (
        (zip_key, zip_key + ".CHECKSUM"),
        (zip_key + ".CHECKSUM", DAYS + "BTCUSDT-1m-2020-01-02.zip"),
        (DAYS + "BTCUSDT-1m-2020-01", zip_key),
        (DAYS, DAYS + "BTCUSDT-1m-2017-08-17.zip"),
    ):
        assert listing(replica, prefix=DAYS, marker=marker, max_keys=1).keys == [first]
    assert listing(replica, prefix=DAYS, marker="data/spot/daily/klines/BTCUSDT/2", delimiter="/").keys == []


def test_common_prefixes(replica):
    assert listing(replica, prefix="", delimiter="/").prefixes == ["data/"]
    assert listing(replica, prefix="data/", delimiter="/").prefixes == ["data/futures/", "data/spot/"]
    assert listing(replica, prefix="data/futures/", delimiter="/").prefixes == ["data/futures/cm/", "data/futures/um/"]
    symbols = listing(replica, prefix="data/spot/daily/klines/", delimiter="/").prefixes
    assert symbols[-1] == "data/spot/daily/klines/币安人生USDT/" and symbols == sorted(symbols, key=str.encode)
    intervals = listing(replica, prefix="data/spot/monthly/klines/ETHUSDT/", delimiter="/").prefixes
    names = [name.rstrip("/").rsplit("/", 1)[1] for name in intervals]
    assert names == ["12h", "15m", "1d", "1h", "1m", "1mo", "1s", "1w", "2h", "30m", "3d", "3m", "4h", "5m", "6h", "8h"]
    some = listing(replica, prefix="data/futures/um/daily/klines/BTC", delimiter="/").prefixes
    assert "data/futures/um/daily/klines/BTCUSDT/" in some and "data/futures/um/daily/klines/BTCUSDT_240628/" in some


def test_common_prefixes_page_by_page(replica):
    parameters = {"prefix": "data/futures/um/monthly/klines/", "delimiter": "/"}
    whole = listing(replica, **parameters).prefixes
    pieces, marker = [], ""
    while True:
        page = listing(replica, max_keys=100, marker=marker, **parameters)
        pieces += page.prefixes
        if not page.truncated:
            break
        marker = page.fields["NextMarker"]
    assert pieces == whole and len(whole) > 400


def test_without_a_delimiter_all_keys_below_follow_each_other(replica):
    prefix = "data/spot/monthly/klines/BCCUSDT/1"
    keys = listing(replica, prefix=prefix).keys
    assert keys == sorted(keys, key=str.encode)
    assert {key.split("/")[-2] for key in keys} == {"12h", "15m", "1d", "1h", "1m", "1mo", "1s", "1w"}


def test_size_and_etag_are_those_of_the_files(replica):
    entries = listing(replica, prefix="data/spot/monthly/klines/ETHUSDT/1d/").contents
    for entry in entries[:4] + entries[-4:]:
        answer = replica.get("/" + entry["Key"])
        assert (int(entry["Size"]), entry["ETag"]) == (len(answer.body), answer.headers["etag"])


def test_what_is_dear_to_make_has_no_etag_until_it_is_made(replica):
    prefix = "data/spot/daily/klines/DOGEUSDT/1m/DOGEUSDT-1m-2024-07-07"
    (entry, checksum) = listing(replica, prefix=prefix).contents
    assert "ETag" not in entry and int(entry["Size"]) > 10_000 and int(checksum["Size"]) == 92
    body = check_hashes(replica, entry["Key"])
    (entry, checksum) = listing(replica, prefix=prefix).contents
    assert int(entry["Size"]) == len(body) and entry["ETag"] == replica.get("/" + entry["Key"]).headers["etag"]
    assert checksum["ETag"] == replica.get("/" + checksum["Key"]).headers["etag"]


def test_the_listing_follows_the_clock(replica):
    prefix = "data/spot/daily/klines/ETHUSDT/1h/ETHUSDT-1h-2026-02"
    replica.clock("2026-02-11T04:59:59Z")
    assert listing(replica, prefix=prefix).keys[-1].endswith("2026-02-09.zip.CHECKSUM")
    replica.clock("2026-02-11T05:00:00Z")
    assert listing(replica, prefix=prefix).keys[-1].endswith("2026-02-10.zip.CHECKSUM")
