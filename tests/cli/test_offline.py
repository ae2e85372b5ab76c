"""`--source cache`: what is on this machine, or exit 6 with the ranges that are not; never a socket."""

import pytest
from cache_support import Cache, Ear, ranges

DAY = ("2024-03-04", "2024-03-04")


def test_an_empty_cache_is_an_offline_miss(kk, replica):
    result = kk.get("BTCUSDT", "1h", *DAY, "cache")
    assert (result.code, result.out) == (6, b"")
    assert "2024-03-04T00:00:00Z to 2024-03-04T23:00:00Z" in result.err
    assert replica.log() == []
    assert not Cache(kk).root.exists(), "a miss made a folder"


def test_no_socket_is_opened_hit_or_miss(kk):
    kk.get("BTCUSDT", "1h", *DAY, "auto").ok()
    with Ear() as ear:
        assert len(kk.get("BTCUSDT", "1h", *DAY, "cache", env=ear.env).ok().rows) == 24
        assert kk.get("BTCUSDT", "1h", "2024-03-04", "2024-03-06", "cache", env=ear.env).code == 6
        assert kk.get("NOSUCHUSDT", "1h", *DAY, "cache", env=ear.env).code in (6, 7)
        assert kk.get("BTCUSDT", "1h", "2024-03-05", "2024-03-05", "cache", "--partial", env=ear.env).ok().rows == []
        assert ear.knocks() == 0


def test_what_the_cache_covers_needs_no_source_whatever_is_asked(kk):
    """An enforced source too, where the cached range came from it."""
    kk.get("BTCUSDT", "1h", *DAY, "vision").ok()
    with Ear() as ear:
        for source in ("auto", "vision", "cache"):
            assert len(kk.get("BTCUSDT", "1h", *DAY, source, env=ear.env).ok().rows) == 24
        assert ear.knocks() == 0


def test_the_message_names_the_first_five_ranges(kk):
    for day in range(2, 16, 2):  # every second day: eight ranges are missing
        kk.get("BTCUSDT", "1h", f"2024-03-{day:02}", f"2024-03-{day:02}", "rest").ok()
    result = kk.get("BTCUSDT", "1h", "2024-03-01", "2024-03-15", "cache")
    assert (result.code, result.out) == (6, b"")
    for day in (1, 3, 5, 7, 9):
        assert f"2024-03-{day:02}T00:00:00Z to 2024-03-{day:02}T23:00:00Z" in result.err
    assert "2024-03-11T" not in result.err and "2024-03-13T" not in result.err


def test_partial_gives_what_there_is_and_names_the_rest(kk):
    kk.get("BTCUSDT", "1h", "2024-03-04", "2024-03-05", "rest").ok()
    result, report = kk.report("BTCUSDT", "1h", "2024-03-03", "2024-03-06", "cache", "--partial")
    assert len(result.ok().rows) == 48
    assert report["complete"] is False
    missing = [(m["from"], m["to"]) for m in report["missing"]]
    assert missing == [("2024-03-03T00:00:00Z", "2024-03-03T23:00:00Z"), ("2024-03-06T00:00:00Z", "2024-03-06T23:00:00Z")]
    assert report["requests"] == 0 and report["gaps"] == []


def test_partial_warns_on_stderr(kk):
    arguments = ["get", "BTCUSDT", "1h", "--start", DAY[0], "--end", DAY[1], "--source", "cache", "--partial"]
    result = kk(*arguments).ok()
    assert "2024-03-04T00:00:00Z" in result.err


def test_a_failed_get_leaves_no_file(kk, tmp_path):
    out = tmp_path / "out.csv"
    out.write_text("old")
    assert kk.get("BTCUSDT", "1h", *DAY, "cache", "-o", out).code == 6
    assert out.read_text() == "old"


def test_a_hole_that_one_source_has_seen_is_an_answer_offline(kk):
    """C9: CACHE takes what any one source has answered, holes included."""
    kk.get("BTCUSDT", "1m", "2021-02-11", "2021-02-11", "vision").ok()
    result, report = kk.report("BTCUSDT", "1m", "2021-02-11", "2021-02-11", "cache")
    assert len(result.ok().rows) == 1361
    assert ranges(report["gaps"]) == [("2021-02-11T03:41:00Z", "2021-02-11T04:59:00Z", "absent_in_archive")]


def test_before_the_first_candle_is_known_offline_too(kk):
    online, report = kk.report("BTCUSDT", "1d", "2017-08-01", "2017-08-31", "auto")
    offline, told = kk.report("BTCUSDT", "1d", "2017-08-01", "2017-08-31", "cache")
    assert offline.ok().out == online.ok().out
    assert report["gaps"] == told["gaps"] == [{"from": "2017-08-01T00:00:00Z", "to": "2017-08-16T00:00:00Z", "reason": "before_listing"}]


@pytest.mark.parametrize("bad", [["--start", "2024-03-05", "--end", "2024-03-04T00:00Z"], ["--start", "2030-01-01", "--end", "2030-01-02"]])
def test_bad_requests_are_errors_offline_too(kk, bad):
    assert kk("get", "BTCUSDT", "1h", "--source", "cache", *bad).code == 2


def test_an_empty_window_is_answered_without_a_cache(kk):
    result = kk.get("BTCUSDT", "1h", "2024-01-01T03:00:01Z", "2024-01-01T03:59Z", "cache").ok()
    assert result.rows == [] and result.text.startswith("open_time,open,")
