"""C9: the source asked for is the source used; and what the cache answers for it came from it, or was found equal to it."""

import pytest
from cache_support import NO_ARCHIVE, NO_REST, PAGES, Cache, Ear, asked, forget_waits, ranges, shape, truth, values
from replica_process import to_ms

HOURS = ("ETHUSDT", "1h", "2024-03-04", "2024-03-04")
MINUTES = ("BTCUSDT", "1m", "2021-02-11", "2021-02-11")  # an outage from 03:41 to 04:59


def touched(replica) -> set[str]:
    return {"archive" if "/data/" in e["target"] or "prefix=" in e["target"] else "rest" for e in replica.log()}


@pytest.mark.parametrize("source, other", [("rest", NO_ARCHIVE), ("vision", NO_REST)])
@pytest.mark.parametrize("window", [HOURS, MINUTES, ("ETHUSDT", "1d", "2023-01-01", "2023-12-31"), ("ETHUSDT", "1h", "2024-01-10", "2024-04-10")], ids=lambda w: "-".join(w[:3]))
def test_an_enforced_source_needs_no_other(kk, replica, source, other, window):
    symbol, interval, start, end = window
    result = kk.get(*window, source, env=other)
    assert values(result) == truth(replica, "spot", symbol, interval, start, to_ms(end) + 86_399_999)
    assert touched(replica) == {"rest" if source == "rest" else "archive"}


@pytest.mark.parametrize("source", ["rest", "vision"])
def test_an_enforced_source_is_not_left_when_it_fails_or_is_not_enough(kk, replica, source):
    kk.get(*HOURS, "rest" if source == "vision" else "vision").ok()
    with Ear() as ear:
        env = {"KLINEKEEP_REST_URL" if source == "vision" else "KLINEKEEP_VISION_URL": ear.url}
        replica.fault(match="/klines|/data/|prefix=", kind="status", status=403)
        assert kk.get("ETHUSDT", "1h", "2024-03-03", "2024-03-05", source, env=env).code in (3, 8)
        assert ear.knocks() == 0


@pytest.mark.parametrize("first, second", [("rest", "vision"), ("vision", "rest")])
def test_the_other_sources_rows_do_not_answer_until_they_were_compared(kk, replica, first, second):
    one = kk.get(*HOURS, first).ok()
    replica.clear_log()
    two, report = kk.report(*HOURS, second)
    assert touched(replica) == {"archive" if second == "vision" else "rest"}
    assert two.ok().out == one.out
    assert report["conflicts"] == []
    replica.clear_log()
    for source in ("rest", "vision", "auto", "cache"):  # found equal: the range bears both origins
        assert kk.get(*HOURS, source).ok().out == one.out
    assert asked(replica) == []


@pytest.mark.parametrize("first", ["rest", "vision"])
def test_auto_is_answered_from_any_origin(kk, replica, first):
    kk.get(*HOURS, first).ok()
    replica.clear_log()
    assert len(kk.get("ETHUSDT", "1h", "2024-03-04", "2024-03-04", "auto").ok().rows) == 24
    assert asked(replica) == []


def test_only_the_part_that_the_source_did_not_bring_is_asked_of_it(kk, replica):
    kk.get("ETHUSDT", "1m", "2024-03-04T00:00Z", "2024-03-04T11:59Z", "rest").ok()
    kk.get("ETHUSDT", "1m", "2024-03-05", "2024-03-05", "vision").ok()
    replica.clear_log()
    both = kk.get("ETHUSDT", "1m", "2024-03-04T00:00Z", "2024-03-05T11:59Z", "rest").ok()
    assert values(both) == truth(replica, "spot", "ETHUSDT", "1m", "2024-03-04", "2024-03-05T11:59Z")
    starts = [int(e["query"]["startTime"]) for e in replica.log("/klines")]
    assert shape(replica) == {"rest": 2}, "a day from noon to noon, the morning is REST's already"
    assert min(starts) > to_ms("2024-03-04T11:59Z")


# -- where the sources differ ------------------------------------------------------------------------------------------

STALE = ("BTCUSDT", "1h", "2021-01-01", "2021-01-31")  # 01-11 08:00: low 34249.00 in the month, 34101.01 in REST
HOUR = "2021-01-11T08:00:00Z"


def low(result) -> str:
    return next(row["low"] for row in result.ok().rows if row["open_time"] == str(to_ms(HOUR)))


def test_the_cache_keeps_the_first_and_the_enforced_source_is_served(kk, replica):
    month = kk.get(*STALE, "vision")
    assert low(month) == "34249"
    rest, report = kk.report(*STALE, "rest")
    assert low(rest) == "34101.01"
    assert report["conflicts"] == [HOUR]
    for source in ("auto", "vision", "cache"):
        assert kk.get(*STALE, source).ok().out == month.out, f"{source} changed a committed candle"
    assert low(kk.get(*STALE, "rest")) == "34101.01"
    Cache(kk).assert_sound()


def test_the_cache_keeps_the_first_also_when_that_is_rest(kk, replica):
    replica.fault(match="/daily/", kind="missing")  # the daily file has what REST has
    rest = kk.get(*STALE, "rest")
    month, report = kk.report(*STALE, "vision")
    assert (low(rest), low(month)) == ("34101.01", "34249")
    assert report["conflicts"] == [HOUR]
    assert kk.get(*STALE, "auto").ok().out == rest.out
    assert kk.get(*STALE, "cache").ok().out == rest.out
    assert kk.get(*STALE, "vision").ok().out == month.out


def test_rows_without_conflict_are_equal_to_both_and_asked_no_more(kk, replica):
    kk.get(*STALE, "vision").ok()
    kk.get(*STALE, "rest").ok()
    replica.clear_log()
    for source in ("rest", "vision"):
        kk.get("BTCUSDT", "1h", "2021-01-01", "2021-01-10", source).ok()
        kk.get("BTCUSDT", "1h", "2021-01-12", "2021-01-31", source).ok()
    assert asked(replica) == []


OTHER_ROW = "1709546400000,1,9,0.5,2,3,1709549999999,4,5,6,7,0"  # 2024-03-04 10:00, valid and false
OTHER_JSON = '[1709546400000,"1","9","0.5","2","3",1709549999999,"4",5,"6","7","0"]'


@pytest.mark.parametrize("first, second", [("rest", "vision"), ("vision", "rest")])
def test_a_differing_row_is_told_served_and_not_stored(kk, replica, first, second):
    one = kk.get(*HOURS, first).ok()
    before = Cache(kk).partition("ETHUSDT", "1h").read_bytes()
    match, text = (r"\.zip$", OTHER_ROW) if second == "vision" else (PAGES, OTHER_JSON)
    replica.fault(match=match, kind="rubbish_row", row=10, text=text)
    two, report = kk.report(*HOURS, second)
    assert two.ok().rows[10]["high"] == "9"
    assert two.rows[:10] + two.rows[11:] == one.rows[:10] + one.rows[11:]
    assert report["conflicts"] == ["2024-03-04T10:00:00Z"]
    replica.clear()
    for source in ("auto", "cache", first):
        assert kk.get(*HOURS, source).ok().out == one.out
    assert before and Cache(kk).quarantined() == []


@pytest.mark.parametrize("first, second", [("rest", "vision"), ("vision", "rest")])
def test_rows_that_only_one_source_has(kk, replica, first, second):
    """What the first source lacked, the second may bring; each enforced answer stays its own."""
    match = {"rest": PAGES, "vision": r"\.zip$"}[first]
    replica.fault(match=match, kind="drop_rows", **{"from": "2024-03-04T10:00Z", "to": "2024-03-04T12:00Z"})
    short, report = kk.report(*HOURS, first)
    assert len(short.ok().rows) == 22
    absent = {"rest": "absent_in_rest", "vision": "absent_in_archive"}
    assert ranges(report["gaps"]) == [("2024-03-04T10:00:00Z", "2024-03-04T11:00:00Z", absent[first])]
    full = kk.get(*HOURS, second).ok()
    assert values(full) == truth(replica, "spot", "ETHUSDT", "1h", "2024-03-04", "2024-03-04T23:00Z")
    assert kk.get(*HOURS, first).ok().out == short.out, "an enforced source was given the other's rows"
    assert kk.get(*HOURS, "auto").ok().out == full.out
    assert kk.get(*HOURS, "cache").ok().out == full.out


def test_a_hole_that_the_archive_alone_has_seen_stays_open_for_auto(kk, replica):
    """§4: the request is complete for VISION; AUTO asks REST for the hole, and for nothing else."""
    vision, report = kk.report(*MINUTES, "vision")
    assert ranges(report["gaps"]) == [("2021-02-11T03:41:00Z", "2021-02-11T04:59:00Z", "absent_in_archive")]
    replica.clear_log()
    auto, report = kk.report(*MINUTES, "auto")
    assert auto.ok().out == vision.ok().out
    assert shape(replica) == {"rest": 1}
    assert ranges(report["gaps"]) == [("2021-02-11T03:41:00Z", "2021-02-11T04:59:00Z", "absent")]
    replica.clear_log()
    assert kk.get(*MINUTES, "auto").ok().out == auto.out
    assert asked(replica) == []


def test_rest_enforced_is_unknown_symbol_whatever_the_cache_has(kk, replica):
    """-1121 with REST enforced is always exit 7; the message says what the cache has."""
    window = ("BTCUSDT_240628", "1h", "2024-06-03", "2024-06-03")
    kk.get(*window, "auto", market="um").ok()
    result = kk.get(*window, "rest", market="um")
    assert (result.code, result.out) == (7, b"")
    assert "cache" in result.err.lower()


def test_a_ban_of_rest_does_not_stop_the_archive(kk, replica):
    replica.fault(match=PAGES, kind="status", status=418, retry_after="600")
    assert kk.get(*HOURS, "rest").code == 5
    replica.clear_log()
    archive = {"KLINEKEEP_VISION_URL": f"http://localhost:{replica.port}"}  # another name, so another host
    assert len(kk.get(*HOURS, "vision", env=archive).ok().rows) == 24
    assert touched(replica) == {"archive"}
    forget_waits(kk)


@pytest.mark.parametrize("source", ["rest", "vision", "cache"])
def test_enforced_sources_without_a_cache(kk, replica, source):
    """--no-cache with `cache` leaves nobody to ask."""
    result = kk.get(*HOURS, source, "--no-cache")
    assert result.code == (0 if source != "cache" else result.code)
    assert source != "cache" or result.code in (2, 6)
    assert not Cache(kk).root.exists()


def test_an_unknown_source_is_refused(kk, replica):
    assert kk.get(*HOURS, "bank").code == 2
    assert asked(replica) == []
