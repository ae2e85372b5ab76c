"""Faults of content: rows, lines and zips that are not what they should be, and hashes that fit them or do not."""

import hashlib
import zipfile
import zlib

import pytest

from helpers import MINUTE, archive_rows, check_hashes, csv_of, key_of, klines_rows
from replica_process import to_ms

DAY = to_ms("2024-05-05T00:00:00Z")
KEY = key_of("spot", "ETHUSDT", "1m", "2024-05-05")
ANY = r"ETHUSDT-1m-2024-05-05|/klines\?symbol=ETHUSDT&interval=1m"


def rest(replica, limit=20):
    return klines_rows(replica, "spot", "ETHUSDT", "1m", startTime=DAY, limit=limit)


def archive(replica):
    check_hashes(replica, KEY)
    return archive_rows(replica, "spot", "ETHUSDT", "1m", "2024-05-05")


@pytest.fixture(params=["archive", "rest"])
def source(request, replica):
    """Reads the first rows from either source."""
    return lambda: (archive if request.param == "archive" else rest)(replica)[:20]


@pytest.fixture
def truth(replica):
    return replica.rows("spot", "ETHUSDT", "1m", DAY, DAY + 40 * MINUTE)


def test_without_faults(source, truth):
    assert source() == truth[:20]


def test_duplicate_rows(replica, source, truth):
    replica.fault(match=ANY, kind="duplicate_rows", every=5)
    rows = source()
    assert rows[:8] == [truth[0], *truth[0:5], truth[5], truth[5]]


def test_conflicting_rows(replica, source, truth):
    replica.fault(match=ANY, kind="conflicting_rows", every=10)
    rows = source()
    assert rows[0] == truth[0] and rows[2] == truth[1]
    assert rows[1][:5] == truth[0][:5] and rows[1][5] != truth[0][5] and rows[1][8] != truth[0][8]


def test_off_grid_rows(replica, source, truth):
    replica.fault(match=ANY, kind="off_grid_rows", every=7, shift_ms=14789)
    rows = source()
    assert [row[0] for row in rows[:9]] == [t[0] + (14789 if i % 7 == 0 else 0) for i, t in enumerate(truth[:9])]
    assert [row[1:] for row in rows] == [row[1:] for row in truth[:20]]


def test_drop_rows(replica, source, truth):
    replica.fault(match=ANY, kind="drop_rows", **{"from": "2024-05-05T00:03:00Z", "to": "2024-05-05T00:09:00Z"})
    assert source()[:6] == truth[:3] + truth[9:12]


def test_swap_rows(replica, source, truth):
    replica.fault(match=ANY, kind="swap_rows", row=3)
    assert source() == truth[:3] + [truth[4], truth[3]] + truth[5:20]


def test_partial_day(replica, source, truth):
    full = check_hashes(replica, KEY)
    replica.fault(match=ANY, kind="partial_day", until="00:11:30")
    rows = source()
    assert rows[:12] == truth[:12] and truth[12] not in rows  # REST goes on with the next day
    assert archive(replica) == truth[:12]
    partial = check_hashes(replica, KEY)
    assert partial != full
    replica.clear()
    assert check_hashes(replica, KEY) == full


def test_rubbish_row(replica, truth):
    replica.fault(match=ANY, kind="rubbish_row", row=2, text="1.70027E+12,abc")
    lines = csv_of(check_hashes(replica, KEY)).split("\n")
    assert lines[2] == "1.70027E+12,abc" and lines[3].startswith(str(truth[3][0]))
    replica.clear()
    replica.fault(match=ANY, kind="rubbish_row", row=1, text='{"not":"a row"}')
    assert rest(replica)[:3] == [truth[0], {"not": "a row"}, truth[2]]


def test_header_row_and_crlf(replica):
    plain = csv_of(check_hashes(replica, KEY))
    replica.fault(match=ANY, kind="header_row", text="open_time,open")
    assert csv_of(check_hashes(replica, KEY)) == "open_time,open\n" + plain
    replica.fault(match=ANY, kind="crlf")
    assert csv_of(check_hashes(replica, KEY)) == ("open_time,open\n" + plain).replace("\n", "\r\n")
    futures = key_of("um", "ETHUSDT", "1m", "2024-05-05")
    replica.clear()
    replica.fault(match="um/daily", kind="header_row", text="")
    assert csv_of(check_hashes(replica, futures))[0].isdigit()


def test_faults_add_up(replica, truth):
    replica.fault(match=ANY, kind="drop_rows", **{"from": DAY_ISO(1), "to": DAY_ISO(3)})
    replica.fault(match=ANY, kind="duplicate_rows", every=1)
    assert archive(replica)[:4] == [truth[0], truth[0], truth[3], truth[3]]


def DAY_ISO(minute):
    return f"2024-05-05T00:{minute:02}:00Z"


def test_recorded_files_can_be_damaged_too(replica):
    key = key_of("spot", "BTCUSDT", "1m", "2020-01-01")
    before = archive_rows(replica, "spot", "BTCUSDT", "1m", "2020-01-01")
    replica.fault(match="BTCUSDT-1m-2020-01-01", kind="duplicate_rows", every=1440)
    check_hashes(replica, key)
    assert archive_rows(replica, "spot", "BTCUSDT", "1m", "2020-01-01") == before[:1] + before


def test_hashes_of_the_original(replica):
    original = check_hashes(replica, KEY)
    replica.fault(match=ANY, kind="duplicate_rows", every=1, checksum="of_original")
    answer = replica.get("/" + KEY)
    assert answer.body != original and answer.headers["etag"] == f'"{hashlib.md5(original).hexdigest()}"'
    assert replica.get(f"/{KEY}.CHECKSUM").text.split()[0] == hashlib.sha256(original).hexdigest()


def test_corrupt_zip(replica):
    original = check_hashes(replica, KEY)
    replica.fault(match=ANY, kind="corrupt_zip", flip=3, times=1)
    damaged, again = replica.get("/" + KEY), replica.get("/" + KEY)
    assert len(damaged.body) == len(original) and again.body == original
    assert sum((a ^ b).bit_count() for a, b in zip(damaged.body, original)) == 3
    assert damaged.headers["etag"] == again.headers["etag"]
    with pytest.raises((zipfile.BadZipFile, zlib.error, AssertionError)):
        csv_of(damaged.body)


def test_corrupt_zip_with_hashes_that_fit(replica):
    original = check_hashes(replica, KEY)
    replica.fault(match=ANY, kind="corrupt_zip", flip=1, checksum="fits")
    assert check_hashes(replica, KEY) != original


@pytest.mark.parametrize(("mode", "declared"), [("inflated", 3_000_000), ("declared", 0xFFFFFFFE)])
def test_bomb(replica, mode, declared):
    replica.fault(match=ANY, kind="bomb", mode=mode)
    body = check_hashes(replica, KEY)
    assert len(body) < 12_000_000
    assert int.from_bytes(body[22:26], "little") == declared
    inflate, size, start = zlib.decompressobj(-15), 0, 30 + len("ETHUSDT-1m-2024-05-05.csv")
    for at in range(start, len(body), 1 << 14):  # a good part of it: all ten gigabytes would take too long
        piece = inflate.decompress(body[at : at + (1 << 14)])
        assert piece.count(0) == len(piece)
        size += len(piece)
        if size > 40_000_000:
            break
    assert size > 40_000_000


def test_other_content(replica):
    other = key_of("spot", "BTCUSDT", "1m", "2020-01-02")
    replica.fault(match=ANY, kind="other_content", key=other)
    assert check_hashes(replica, KEY) == replica.get("/" + other).body


def test_stale_checksum(replica):
    original = check_hashes(replica, KEY)
    replica.fault(match=r"ETHUSDT-1m-2024-05-05\.zip$", kind="stale_checksum", times=1)
    stale, fresh = replica.get(f"/{KEY}.CHECKSUM"), replica.get(f"/{KEY}.CHECKSUM")
    digest = hashlib.sha256(original).hexdigest()
    assert len(stale.text.split()[0]) == 64 and stale.text.split()[0] != digest == fresh.text.split()[0]
    assert replica.get("/" + KEY).body == original


def test_wrong_and_no_etag(replica):
    original = check_hashes(replica, KEY)
    replica.fault(match=r"\.zip$", kind="wrong_etag", times=1)
    wrong = replica.get("/" + KEY)
    assert wrong.body == original and len(wrong.headers["etag"]) == 34 and hashlib.md5(original).hexdigest() not in wrong.headers["etag"]
    replica.fault(match=r"\.zip$", kind="no_etag", times=1)
    assert "etag" not in replica.get("/" + KEY).headers


def test_missing_and_no_checksum(replica):
    listing = "/?prefix=data/spot/daily/klines/ETHUSDT/1m/ETHUSDT-1m-2024-05-0"
    replica.fault(match=r"2024-05-05\.zip$", kind="missing")
    assert replica.get("/" + KEY).status == replica.get(f"/{KEY}.CHECKSUM").status == 404
    text = replica.get(listing).text
    assert "2024-05-05.zip" not in text and "2024-05-06.zip" in text
    replica.clear()
    replica.fault(match=r"2024-05-05\.zip$", kind="no_checksum")
    assert (replica.get("/" + KEY).status, replica.get(f"/{KEY}.CHECKSUM").status) == (200, 404)
    text = replica.get(listing).text
    assert "2024-05-05.zip<" in text and "2024-05-05.zip.CHECKSUM<" not in text


def test_times_count_files_where_the_checksum_follows(replica):
    """A file that is bad stays bad, in whatever order it and its CHECKSUM are asked for."""
    first, second, third = (key_of("spot", "ETHUSDT", "1h", f"2024-05-0{day}") for day in (1, 2, 3))
    replica.fault(match=r"ETHUSDT-1h-2024-05", kind="duplicate_rows", every=1, skip=1, times=1)
    replica.get(f"/{first}.CHECKSUM")
    lengths = [len(csv_of(check_hashes(replica, key)).split("\n")) for key in (first, second, third, second)]
    assert lengths == [25, 49, 25, 49]


def test_the_listing_knows_changed_content(replica):
    key = key_of("spot", "ETHUSDT", "1h", "2024-05-04")
    listing = f"/?prefix={key}"
    before = replica.get(listing).text
    replica.fault(match="ETHUSDT-1h-2024-05-04", kind="partial_day", until="06:00")
    changed = replica.get(listing).text
    assert changed != before and hashlib.md5(replica.get("/" + key).body).hexdigest() in changed
