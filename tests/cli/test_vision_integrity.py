"""The archive: what is believed, what is asked instead, and what is told. Each failure through the real program."""

import contextlib
import functools
import http.server
import os
import shutil
import threading

import pytest
from klinekeep_process import TESTS

pytestmark = pytest.mark.usefixtures("uncached")

DAY = ("2024-03-04", "2024-03-04")
ZIP = r"/daily/.*BTCUSDT-1h-2024-03-04\.zip$"


def get_day(kk, *more, interval="1h", dates=DAY):
    return kk.report("BTCUSDT", interval, *dates, "vision", *more)


def truth(kk, dates=DAY, interval="1h"):
    return kk.get("BTCUSDT", interval, *dates, "rest").ok().out


def test_a_sound_file_is_verified_by_its_checksum(kk, replica):
    result, report = get_day(kk)
    assert result.ok().out == truth(kk)
    assert report["parts"] == {"verified": 1, "etag": 0, "unverified": 0}
    assert report["requests"] == len(replica.log("/data/")) == 2
    assert report["rows_by_source"] == {"vision": 24}


def test_a_checksum_that_was_only_late_is_asked_again(kk, replica):
    replica.fault(match=ZIP, kind="stale_checksum", times=1)
    result, report = get_day(kk)
    assert result.ok().out == truth(kk)
    assert report["parts"] == {"verified": 1, "etag": 0, "unverified": 0}


@pytest.mark.parametrize("kind", ["stale_checksum", "no_checksum"])
def test_a_stale_or_absent_checksum_is_outvoted_by_the_etag(kk, replica, kind):
    """Pitfall 20: a mismatch is told, not only logged."""
    replica.fault(match=ZIP, kind=kind)
    result, report = get_day(kk)
    assert result.ok().out == truth(kk)
    assert report["parts"] == {"verified": 0, "etag": 1, "unverified": 0}
    assert any("ETag" in note for note in report["notes"])


@pytest.mark.parametrize("body", ["", "not hex  BTCUSDT-1h-2024-03-04.zip", "<html>busy</html>", "00" * 32 + "  OTHER-1h-2024-03-04.zip"])
def test_an_unreadable_checksum_counts_as_one_that_does_not_fit(kk, replica, body):
    replica.fault(match=ZIP[:-1] + r"\.CHECKSUM$", kind="body", text=body, content_type="text/plain")
    _, report = get_day(kk)
    assert report["parts"] == {"verified": 0, "etag": 1, "unverified": 0}


def distrust_day(replica, **rule):
    replica.fault(match=ZIP, kind="stale_checksum")
    replica.fault(match=ZIP, kind="wrong_etag", **rule)


def test_a_distrusted_day_comes_from_the_month(kk, replica):
    distrust_day(replica)
    result, report = get_day(kk)
    assert result.ok().out == truth(kk)
    assert report["parts"] == {"verified": 1, "etag": 0, "unverified": 0}
    assert any("2024-03-04.zip is corrupt and was not used" in note for note in report["notes"])
    assert any("BTCUSDT-1h-2024-03.zip" in entry["path"] for entry in replica.log("/monthly/"))


def test_a_distrusted_month_comes_from_its_days(kk, replica):
    replica.fault(match=r"/monthly/.*\.zip$", kind="stale_checksum")
    replica.fault(match=r"/monthly/.*\.zip$", kind="wrong_etag")
    dates = ("2024-03-01", "2024-03-31")
    result, report = get_day(kk, dates=dates)
    assert result.ok().out == truth(kk, dates)
    assert report["parts"] == {"verified": 31, "etag": 0, "unverified": 0}


def test_bytes_that_nothing_proves_are_an_integrity_error(kk, replica):
    replica.fault(match=r"\.zip$", kind="stale_checksum")
    replica.fault(match=r"\.zip$", kind="wrong_etag")
    result, _ = get_day(kk)
    assert (result.code, result.out) == (4, b"")
    assert "2024-03-04T00:00:00Z to 2024-03-04T23:00:00Z" in result.err


def test_unverified_bytes_are_taken_only_on_request_and_told(kk, replica):
    replica.fault(match=r"\.zip$", kind="stale_checksum")
    replica.fault(match=r"\.zip$", kind="wrong_etag")
    result, report = get_day(kk, "--accept-unverified")
    assert result.ok().out == truth(kk)
    assert report["parts"] == {"verified": 0, "etag": 0, "unverified": 1}


@pytest.mark.parametrize(
    "rule",
    [
        {"kind": "rubbish_row", "row": 5, "text": "1709535600000,nan,1,1,1,1,1709539199999,1,1,1,1,0"},
        {"kind": "rubbish_row", "row": 5, "text": "1.7E+12,1,1,1,1,1,1709539199999,1,1,1,1,0"},
        {"kind": "rubbish_row", "row": 1, "text": "half,a,row"},
        {"kind": "header_row", "text": "open_time,high,open,low,close,volume,close_time,quote_volume,count,taker_buy_volume,taker_buy_quote_volume,ignore"},
        {"kind": "header_row", "text": "open_time,open,high,low,close,volume,close_time,quote_volume,count,taker_buy_volume,taker_sell_volume,ignore"},
        {"kind": "header_row", "text": "open_time,first,highest,lowest,last,volume,close_time,quote_volume,count,taker_buy_volume,taker_buy_quote_volume,ignore"},
        {"kind": "header_row", "text": "open_time,open,high,low,close,volume,close_time,quote_volume,count,number_of_trades,taker_buy_quote_volume,ignore"},
        {"kind": "corrupt_zip", "flip": 3, "checksum": "fits"},
        {"kind": "bomb"},
        {"kind": "other_content", "key": "data/spot/daily/klines/ETHUSDT/1h/ETHUSDT-1h-2024-03-04.zip"},
        {"kind": "other_content", "key": "data/spot/daily/klines/BTCUSDT/1h/BTCUSDT-1h-2024-03-05.zip"},
    ],
    ids=lambda rule: f"{rule['kind']}-{str(rule.get('text', rule.get('key', '')))[-24:]}",
)
def test_a_malformed_file_is_distrusted_whole_whatever_its_checksum_says(kk, replica, rule):
    replica.fault(match=ZIP, **rule)
    result, report = get_day(kk)
    assert result.ok().out == truth(kk)  # from the month
    assert any("is corrupt and was not used" in note for note in report["notes"])
    replica.fault(match=r"/monthly/.*\.zip$", kind="missing")
    result, _ = get_day(kk)
    assert (result.code, result.out) == (4, b"")
    assert "BTCUSDT-1h-2024-03-04.zip" in result.err
    assert kk.get("BTCUSDT", "1h", *DAY, "vision", "--accept-unverified").code == 4  # it cannot even be read


def test_a_bad_row_is_named_by_its_number_and_text(kk, replica):
    replica.fault(match=ZIP, kind="rubbish_row", row=4, text="1709535600000,0x1F,1,1,1,1,1709539199999,1,1,1,1,0")
    _, report = get_day(kk)
    assert any("row 5" in note and "0x1F" in note for note in report["notes"])


@pytest.mark.parametrize("flips", [1, 2, 5, 20])
def test_flipped_bits_never_change_a_value(kk, replica, flips):
    expected = truth(kk)
    replica.fault(match=r"\.zip$", kind="corrupt_zip", flip=flips, checksum="of_original")
    result = kk.get("BTCUSDT", "1h", *DAY, "vision")
    assert (result.code, result.out) in ((4, b""), (0, expected))


def test_a_missing_day_comes_from_the_month(kk, replica):
    replica.fault(match=ZIP, kind="missing")
    result, report = get_day(kk)
    assert result.ok().out == truth(kk)
    assert report["missing"] == []


def test_a_missing_month_comes_from_its_days_after_the_listing(kk, replica):
    replica.fault(match=r"/monthly/", kind="missing")
    dates = ("2024-03-01", "2024-03-31")
    result, _ = get_day(kk, dates=dates)
    assert result.ok().out == truth(kk, dates)
    assert len(replica.log("?prefix=")) >= 1


def test_files_that_are_nowhere_are_missing(kk, replica):
    replica.fault(match=r"2024-03-04\.zip|2024-03\.zip", kind="missing")
    result, _ = get_day(kk)
    assert (result.code, result.out) == (3, b"")
    assert "missing 2024-03-04T00:00:00Z to 2024-03-04T23:00:00Z" in result.err
    result, report = get_day(kk, "--partial", dates=("2024-03-03", "2024-03-05"))
    assert len(result.ok().rows) == 48
    assert [(m["from"], m["to"], m["cause"]) for m in report["missing"]] == [
        ("2024-03-04T00:00:00Z", "2024-03-04T23:00:00Z", "not_published")
    ]


def test_a_whole_day_missing_from_a_month_is_asked_of_the_daily_file(kk, replica):
    replica.fault(match=r"/monthly/.*\.zip$", kind="drop_rows", **{"from": "2024-03-10T00:00Z", "to": "2024-03-11T00:00Z"})
    dates = ("2024-03-01", "2024-03-31")
    result, report = get_day(kk, dates=dates)
    assert result.ok().out == truth(kk, dates)
    assert report["parts"]["verified"] == 2
    replica.fault(match=r"/daily/.*2024-03-10", kind="missing")
    result, report = get_day(kk, dates=dates)
    assert len(result.ok().rows) == 30 * 24  # the month's answer stands
    assert [(g["from"], g["to"]) for g in report["gaps"]] == [("2024-03-10T00:00:00Z", "2024-03-10T23:00:00Z")]


def test_today_is_missing_and_yesterday_may_be(kk):
    result, _ = get_day(kk, dates=("2026-09-23", "2026-09-24"))
    assert result.code == 3
    assert "missing 2026-09-24T00:00:00Z to 2026-09-24T11:00:00Z" in result.err


def test_rows_that_closed_after_the_file_was_made_are_not_used(kk, tmp_path):
    """Over a plain file server, whose Last-Modified is the file's own time."""
    name = "spot/daily/klines/BTCUSDT/1m/BTCUSDT-1m-2020-01-01.zip"
    root = tmp_path / "archive"
    (root / "data" / name).parent.mkdir(parents=True)
    for suffix in ("", ".CHECKSUM"):
        path = root / "data" / (name + suffix)
        shutil.copy(TESTS / "data" / "archive" / "data" / (name + suffix), path)
        os.utime(path, (1_577_881_800, 1_577_881_800))  # 2020-01-01 12:30:00 UTC
    with file_server(root) as url:
        day = ("BTCUSDT", "1m", "2020-01-01", "2020-01-01", "vision", "--vision-url", url)
        assert kk.get(*day).code == 3
        result, report = kk.report(*day, "--partial")
        assert len(result.ok().rows) == 750
        assert [(m["from"], m["to"]) for m in report["missing"]] == [("2020-01-01T12:30:00Z", "2020-01-01T23:59:00Z")]


@contextlib.contextmanager
def file_server(root):
    class Quiet(http.server.SimpleHTTPRequestHandler):
        def log_message(self, *_):
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Quiet, directory=root)) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


def test_duplicates_are_dropped_and_counted_and_conflicts_told(kk, replica):
    """Pitfall 19."""
    expected = truth(kk)
    replica.fault(match=ZIP, kind="duplicate_rows", every=6)
    result, report = get_day(kk)
    assert result.ok().out == expected
    assert report["duplicates"] == 4
    replica.clear()
    replica.fault(match=ZIP, kind="conflicting_rows", every=6)
    result, report = get_day(kk)
    assert result.ok().out == expected
    assert len(report["conflicts"]) == 4


def test_disordered_rows_come_out_in_order(kk, replica):
    expected = truth(kk)
    replica.fault(match=ZIP, kind="swap_rows")
    assert get_day(kk)[0].ok().out == expected


def test_crlf_and_headers_change_nothing(kk, replica):
    """Pitfall 17."""
    expected = truth(kk)
    header = "open_time,open,high,low,close,volume,close_time,quote_volume,count,taker_buy_volume,taker_buy_quote_volume,ignore"
    replica.fault(match=ZIP, kind="crlf")
    assert get_day(kk)[0].ok().out == expected
    replica.fault(match=ZIP, kind="header_row", text=header)
    assert get_day(kk)[0].ok().out == expected


def test_off_grid_rows_are_left_out_told_and_kept_on_request(kk, replica):
    expected = truth(kk)
    replica.fault(match=ZIP, kind="off_grid_rows", every=8, shift_ms=13_000)
    result, report = get_day(kk)
    result.ok()
    assert set(result.text.splitlines()) < set(expected.decode().splitlines())
    assert len(report["off_grid_rows"]) == 3
    kept = kk.get("BTCUSDT", "1h", *DAY, "vision", "--off-grid", "keep").ok()
    assert len(kept.rows) == 24
    assert kept.times == sorted(kept.times)


def test_before_the_listing_is_a_gap_and_not_missing(kk, replica):
    result, report = get_day(kk, dates=("2017-08-01", "2017-08-20"), interval="1d")
    result.ok()
    assert report["gaps"][0]["reason"] in ("before_listing", "absent_in_archive")
    assert report["gaps"][0]["from"] == "2017-08-01T00:00:00Z"
    assert report["missing"] == []
    result, report = get_day(kk, dates=("2016-01-01", "2016-01-01"))
    assert (result.ok().rows, report["gaps"][0]["reason"]) == ([], "before_listing")


def test_many_unseen_files_are_listed_first(kk, replica):
    get_day(kk, dates=("2016-01-01", "2017-12-31"), interval="1d")[0].ok()
    files = [e for e in replica.log("/data/") if e["path"].endswith(".zip")]
    absent = [e["path"] for e in files if e["status"] != 200]
    beside = [f"2017-{month:02}.zip" for month in range(7, 13)]  # of 24 a quarter is asked beside the listing
    assert all(path[-11:] in beside for path in absent), "a file was asked that the listing knew to be absent"


def test_a_listing_that_fails_is_no_failure(kk, replica):
    replica.fault(match=r"prefix=", kind="status", status=403)
    dates = ("2024-01-01", "2024-06-30")
    assert get_day(kk, dates=dates)[0].ok().out == truth(kk, dates)


def test_an_unknown_symbol(kk):
    result, _ = kk.report("NOSUCHUSDT", "1h", *DAY, "vision")
    assert (result.code, result.out) == (7, b"")
    assert "NOSUCHUSDT" in result.err


def test_a_contract_that_is_over_lives_on_in_the_archive(kk):
    assert kk.get("BTCUSDT_240628", "1h", "2024-06-03", "2024-06-03", "vision", market="um").ok().rows
    assert kk.get("BTCUSDT_240628", "1h", "2024-06-03", "2024-06-03", "rest", market="um").code == 7


def test_vision_never_touches_rest(kk, replica):
    """Pitfall 30 and C9: not even when the archive fails."""
    replica.fault(match=r"/data/|prefix=", kind="missing")
    get_day(kk)
    assert replica.log("/api/") == []
