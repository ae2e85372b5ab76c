"""Each seam of the data: units, headers, sources, months, base and tail. Over each, the rows are the truth, in any order."""

import os
import shutil

import pyarrow as pa
import pytest
from cache_support import DAY, MINUTE, NO_SOURCE, Cache, asked, iso, set_now, shape, truth, values
from replica_process import to_ms

NEW_YEAR_2025 = to_ms("2025-01-01")
STEP = {"1s": 1000, "1m": MINUTE, "1h": 60 * MINUTE, "1d": DAY}


def around(instant, interval, bars=5):
    return instant - bars * STEP[interval], instant + (bars - 1) * STEP[interval]


def cross(kk, replica, tmp_path, market, symbol, interval, start, seam, end, sources=("auto", "auto")):
    """Whole, and half by half in both orders: the same bytes, cold, warm and offline."""
    whole = kk.get(symbol, interval, start, end, "auto", market=market).ok()
    assert values(whole) == truth(replica, market, symbol, interval, start, end)
    halves = [(start, seam - 1, sources[0]), (seam, end, sources[1])]
    for name, order in (("forth", halves), ("back", halves[::-1])):
        cache = Cache(kk, tmp_path / name)
        for begin, stop, source in order:
            kk.get(symbol, interval, begin, stop, source, *cache.flags(), market=market).ok()
        replica.clear_log()
        for source in ("auto", "cache"):
            assert kk.get(symbol, interval, start, end, source, *cache.flags(), market=market).ok().out == whole.out
        assert asked(replica) == []
        cache.assert_sound()
    return whole


@pytest.mark.parametrize("interval", ["1s", "1m", "1h", "1d"])
@pytest.mark.parametrize("sources", [("vision", "vision"), ("vision", "rest"), ("rest", "vision")], ids="-".join)
def test_milliseconds_to_microseconds(kk, replica, tmp_path, interval, sources):
    start, end = around(NEW_YEAR_2025, interval)
    cross(kk, replica, tmp_path, "spot", "BTCUSDT", interval, start, NEW_YEAR_2025, end, sources)


@pytest.mark.parametrize("interval", ["1m", "1h"])
def test_milliseconds_to_microseconds_by_whole_months(kk, replica, tmp_path, interval):
    """Months that are wanted whole come as monthly files, the one in ms and the other in µs."""
    start, end = NEW_YEAR_2025 - 12 * DAY, NEW_YEAR_2025 + 12 * DAY - 1
    cross(kk, replica, tmp_path, "spot", "ETHUSDT", interval, start, NEW_YEAR_2025, end)
    assert {"202412.arrow", "202501.arrow"} == {p.name for p in Cache(kk).partitions()}


@pytest.mark.parametrize(
    "market, symbol, seam, interval",
    [
        ("um", "ETHUSDT", "2022-07-01", "1m"),  # the replica's USD-M files have a header when they were made later
        ("um", "ETHUSDT", "2022-06-30", "1h"),
        ("cm", "ETHUSD_PERP", "2021-01-01", "1m"),
        ("cm", "ETHUSD_PERP", "2021-01-01", "1h"),
    ],
)
def test_no_header_to_header(kk, replica, tmp_path, market, symbol, seam, interval):
    """Pitfall 17: the first row is lost, or the header taken for one."""
    start, end = around(to_ms(seam), interval, 40)
    cross(kk, replica, tmp_path, market, symbol, interval, start, to_ms(seam), end, ("vision", "vision"))


@pytest.mark.parametrize("interval", ["1m", "1h", "1s"])
def test_archive_to_rest(kk, replica, tmp_path, interval):
    """The newest file that is due, and the day after it."""
    seam = to_ms("2026-09-23")
    reach = {"1s": 100, "1m": 1440, "1h": 24}[interval]
    start, end = around(seam, interval, reach)
    cross(kk, replica, tmp_path, "spot", "ETHUSDT", interval, start, seam, end)
    replica.clear_log()
    kk.get("ETHUSDT", interval, start, end, "auto", "--no-cache").ok()
    # Where all fits into a page, a file would only be one thing more to ask.
    assert shape(replica).keys() == ({"daily", "rest"} if interval == "1m" else {"rest"})


@pytest.mark.parametrize("interval", ["1m", "1h", "1d", "3d", "1w"])
@pytest.mark.parametrize("month", ["2024-03-01", "2023-03-01", "2024-01-01"])
def test_month_to_month(kk, replica, tmp_path, interval, month):
    """Pitfall 3; a leap day, February's end, new year."""
    seam = to_ms(month)
    start, end = (seam - 20 * DAY, seam + 20 * DAY) if interval in ("3d", "1w") else around(seam, interval, 12)
    cross(kk, replica, tmp_path, "spot", "ETHUSDT", interval, start, seam, end)


@pytest.mark.parametrize("kept", ["not asked to be", "impossible", "too young", "yes"])
@pytest.mark.parametrize("source", ["auto", "rest"])
def test_the_last_week_reaches_into_the_next_month(kk, replica, kept, source):
    """It opens on 2024-02-26 and closes in March, whether it comes out of the cache or has to be served without."""
    (kk.home / "file").write_text("in the way")
    more = {"not asked to be": ["--no-cache"], "impossible": ["--cache-dir", kk.home / "file"]}.get(kept, [])
    if kept == "too young":
        set_now(kk, "2024-03-04T00:00:10Z")
    result = kk.get("ETHUSDT", "1w", "2024-02-12", "2024-03-01", source, *more)
    assert values(result) == truth(replica, "spot", "ETHUSDT", "1w", "2024-02-12", "2024-03-01")
    assert len(result.rows) == 3


def test_calendar_months_each_have_their_file(kk, replica):
    result = kk.get("ETHUSDT", "1M", "2023-11-01", "2024-03-31", "auto")
    assert values(result) == truth(replica, "spot", "ETHUSDT", "1M", "2023-11-01", "2024-03-31")
    assert [p.name for p in Cache(kk).partitions()] == [f"{m}.arrow" for m in ("202311", "202312", "202401", "202402", "202403")]


@pytest.mark.parametrize("sources", [("rest", "vision"), ("vision", "rest"), ("auto", "rest")], ids="-".join)
@pytest.mark.parametrize("market, symbol", [("spot", "ETHUSDT"), ("um", "ETHUSDT"), ("cm", "ETHUSD_PERP")])
def test_source_to_source(kk, replica, tmp_path, market, symbol, sources):
    seam = to_ms("2024-05-17")
    start, end = around(seam, "1h", 12)
    cross(kk, replica, tmp_path, market, symbol, "1h", start, seam, end, sources)


# -- base and tail -----------------------------------------------------------------------------------------------------

BASE = ("2026-09-20T00:00:00Z", "2026-09-22T23:59:59Z")  # three days of 1s: 259,200 rows from files
POLLED = to_ms("2026-09-23T00:00:00Z")


@pytest.fixture
def polled(kk, replica):
    """A month of 1s that holds three days, and a poll of the seconds up to a moment."""
    set_now(kk, "2026-09-24T12:00:00Z")
    kk.get("ETHUSDT", "1s", *BASE, "auto", "-o", os.devnull).ok()

    def poll(start, end):
        replica.clear_log()
        return kk.get("ETHUSDT", "1s", start, end - 1, "auto")

    return poll


def rows_in(path) -> int:
    with pa.memory_map(str(path)) as source:
        return pa.ipc.open_file(source).read_all().num_rows


def test_adding_little_does_not_rewrite_the_base(kk, replica, polled):
    cache = Cache(kk)
    base, tail = (cache.partition("ETHUSDT", "1s", "202609", tail=t) for t in (False, True))
    assert base.exists() and not tail.exists(), "a first fetch goes into the base"
    before = base.stat()
    polled(POLLED, POLLED + 5 * MINUTE).ok()
    assert (base.stat().st_ino, base.stat().st_mtime_ns) == (before.st_ino, before.st_mtime_ns)
    assert tail.exists() and rows_in(tail) == 300
    polled(POLLED, POLLED + 10 * MINUTE).ok()
    assert shape(replica) == {"rest": 1}, "only what is new is asked"
    assert base.stat().st_ino == before.st_ino and rows_in(tail) == 600
    replica.clear_log()
    over = ("ETHUSDT", "1s", POLLED - MINUTE, POLLED + 10 * MINUTE - 1)
    for source, env in (("auto", None), ("cache", NO_SOURCE)):
        assert values(kk.get(*over, source, env=env)) == truth(replica, "spot", *over)
    assert asked(replica) == []
    cache.assert_sound()


def test_a_days_polling_folds_the_tail_and_loses_nothing(kk, replica, polled):
    cache = Cache(kk)
    base, tail = (cache.partition("ETHUSDT", "1s", "202609", tail=t) for t in (False, True))
    for step in range(30):  # 18,000 rows: 7 % of the base
        start = POLLED + step * 10 * MINUTE
        result = polled(start, start + 10 * MINUTE)
        assert len(result.ok().rows) == 600
        assert shape(replica) == {"rest": 1}
    assert rows_in(base) > 259_200, "never folded"
    held = rows_in(base) + (rows_in(tail) if tail.exists() else 0)
    assert held == 259_200 + 18_000
    over = ("ETHUSDT", "1s", POLLED - MINUTE, POLLED + 300 * MINUTE - 1)
    assert values(kk.get(*over, "cache", env=NO_SOURCE)) == truth(replica, "spot", *over)
    cache.assert_sound()


def test_much_goes_into_the_base_and_folds_the_tail(kk, replica, polled):
    cache = Cache(kk)
    base, tail = (cache.partition("ETHUSDT", "1s", "202609", tail=t) for t in (False, True))
    polled(POLLED, POLLED + MINUTE).ok()
    assert tail.exists()
    polled(POLLED + MINUTE, POLLED + 60 * MINUTE).ok()
    assert rows_in(base) + (rows_in(tail) if tail.exists() else 0) == 259_200 + 3600
    over = ("ETHUSDT", "1s", POLLED - 5000, POLLED + 60 * MINUTE - 1)
    assert values(kk.get(*over, "cache", env=NO_SOURCE)) == truth(replica, "spot", *over)


def test_what_comes_before_the_end_is_no_tail(kk, replica, polled):
    cache = Cache(kk)
    earlier = to_ms("2026-09-19T12:00:00Z")
    polled(earlier, earlier + MINUTE).ok()
    assert not cache.partition("ETHUSDT", "1s", "202609", tail=True).exists()


def test_an_old_tail_beside_a_folded_base_changes_nothing(kk, replica, polled, tmp_path):
    """A crash between the rename of the new base and the unlink of its tail."""
    cache = Cache(kk)
    tail = cache.partition("ETHUSDT", "1s", "202609", tail=True)
    polled(POLLED, POLLED + MINUTE).ok()
    shutil.copy(tail, tmp_path / "old")
    polled(POLLED + MINUTE, POLLED + 120 * MINUTE).ok()
    shutil.copy(tmp_path / "old", tail)
    over = ("ETHUSDT", "1s", POLLED - 5000, POLLED + 120 * MINUTE - 1)
    assert values(kk.get(*over, "cache", env=NO_SOURCE)) == truth(replica, "spot", *over)
    cache.assert_sound()
    polled(POLLED + 120 * MINUTE, POLLED + 121 * MINUTE).ok()
    assert values(kk.get(*over[:2], POLLED, POLLED + 121 * MINUTE - 1, "cache")) == truth(replica, "spot", "ETHUSDT", "1s", POLLED, POLLED + 121 * MINUTE - 1)


def test_a_tail_without_its_base_is_sound_and_the_rest_is_fetched(kk, replica, polled):
    cache = Cache(kk)
    polled(POLLED, POLLED + MINUTE).ok()
    cache.partition("ETHUSDT", "1s", "202609").unlink()
    assert kk("cache", "validate").code == 0
    over = ("ETHUSDT", "1s", POLLED - MINUTE, POLLED + MINUTE - 1)
    assert values(kk.get(*over, "auto")) == truth(replica, "spot", *over)
    assert len(kk.get("ETHUSDT", "1s", POLLED, POLLED + MINUTE - 1, "cache").ok().rows) == 60
    cache.assert_sound()


def test_polling_the_newest_minutes_keeps_all_of_them(kk, replica):
    """A poll a minute, as a user would: each asks little, and what was young then is asked again until it is kept."""
    start = to_ms("2026-09-24T09:00:00Z")
    for minute in range(0, 40, 3):
        now = start + minute * MINUTE + 7000
        set_now(kk, iso(now))
        result = kk("get", "ETHUSDT", "1m", "--start", iso(start - 60 * MINUTE), "-q").ok()
        assert result.times[-1] == start + (minute - 1) * MINUTE
    set_now(kk, iso(start + 60 * MINUTE))
    window = ("ETHUSDT", "1m", start - 60 * MINUTE, start + 37 * MINUTE)
    assert values(kk.get(*window, "cache")) == truth(replica, "spot", *window)
    Cache(kk).assert_sound()
