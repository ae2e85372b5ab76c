"""Cache management: hits and misses, integrity, repair, many at once, recovery; and tables as views of the cache."""

import json
import mmap
import os
import shutil
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import date, datetime, timedelta

import pandas as pd
import pyarrow as pa
import pytest
from cache_support import asked, files_asked, shape
from python_support import INTERVAL, SYMBOL, TEST_WINDOWS, UTC, ask, assert_same, partition, truth, utc

from klinekeep import (
    CacheError,
    CacheWarning,
    DataSourceManager,
    IntegrityError,
    InvalidRequest,
    OfflineMiss,
    SourceUnavailable,
    UnifiedCacheManager,
)

DAY = ask("1m", "2024-03-04", "2024-03-04T23:59")
DATE = date(2024, 3, 4)
END = utc("2024-03-15T12:00")


def flip(path, offset=None) -> None:
    """One bit, in the middle unless said otherwise, as a disk would: size and time stay."""
    stat = path.stat()
    data = bytearray(path.read_bytes())
    data[len(data) // 2 if offset is None else offset] ^= 1
    copy = path.with_name("flipped")
    copy.write_bytes(data)
    os.utime(copy, ns=(stat.st_atime_ns, stat.st_mtime_ns))
    copy.rename(path)


# -- hits, misses, and zero requests when warm -------------------------------------------------------------------------


@pytest.mark.parametrize("window", TEST_WINDOWS)
def test_the_interfaces_windows_are_asked_once(desk, replica, window):
    asking = dict(symbol=SYMBOL, interval=INTERVAL, start_time=END - window, end_time=END)
    manager = desk.manager()
    cold = manager.get_data_sync(**asking)
    assert manager.get_cache_stats_sync() == {"hits": 0, "misses": 1, "errors": 0}
    replica.clear_log()
    warm = manager.get_data_sync(**asking)
    assert asked(replica) == []
    assert_same(warm, cold)
    assert warm.attrs["klinekeep"]["rows_by_source"] == {"cache": len(cold)} and warm.attrs["klinekeep"]["requests"] == 0
    assert manager.get_cache_stats_sync() == {"hits": 1, "misses": 1, "errors": 0}
    assert_same(desk.offline().get_data_sync(**asking), cold)


@pytest.mark.parametrize("market, symbol", [("spot", "ETHUSDT"), ("um", "ETHUSDT"), ("cm", "ETHUSD_PERP")])
def test_markets_have_caches_of_their_own(desk, replica, market, symbol):
    df = desk.manager(market).get_data_sync(symbol, **DAY)
    assert partition(desk, symbol, "1m", "202403", market).is_file()
    assert_same(desk.offline(market).get_data_sync(symbol, **DAY), df)
    other = "um" if market == "spot" else "spot"
    with pytest.raises(OfflineMiss):
        desk.manager(other).get_data_sync("ETHUSDT", **DAY, enforce_source="cache")


def test_the_layout_is_the_interfaces(desk, manager):
    manager.get_data_sync(SYMBOL, **DAY)
    assert manager.cache.directory == desk.cache_dir
    assert manager.cache.path_of("spot", SYMBOL, "1m", DATE) == desk.cache_dir / "spot/data/BTCUSDT/1m/202403.arrow"
    with pa.memory_map(str(partition(desk))) as file:
        assert pa.ipc.open_file(file).read_all().num_rows == 1440
    assert manager.cache.reindex() == 1
    json.loads((desk.cache_dir / "spot/metadata/cache_index.json").read_text())


def test_one_cached_candle_never_answers_for_its_neighbours(manager, replica):
    manager.get_data_sync("ETHUSDT", **ask("1s", "2024-03-04T10:00:00", "2024-03-04T10:00:00"))
    wide = ask("1s", "2024-03-04T09:59:00", "2024-03-04T10:01:00")
    assert_same(manager.get_data_sync("ETHUSDT", **wide), truth(replica, "ETHUSDT", "1s", "2024-03-04T09:59:00", "2024-03-04T10:01:00"))


@pytest.mark.parametrize("where", ["manager", "request"])
def test_without_the_cache_nothing_is_read_or_written(desk, replica, where):
    manager = desk.manager(use_cache=where != "manager")
    request = {} if where == "manager" else {"use_cache": False}
    for _ in range(2):
        replica.clear_log()
        assert len(manager.get_data_sync("ETHUSDT", **DAY, **request)) == 1440
        assert shape(replica) == {"daily": 1}
    assert not desk.cache_dir.exists()
    desk.manager().get_data_sync("ETHUSDT", **DAY)
    before = partition(desk, "ETHUSDT").read_bytes()
    replica.clear_log()
    manager.get_data_sync("ETHUSDT", **DAY, **request)
    assert asked(replica) != [] and partition(desk, "ETHUSDT").read_bytes() == before


def test_get_never_changes_what_is_committed(desk, manager, replica):
    """The other source says another value: it is told, and the cache keeps the first."""
    manager.get_data_sync("ETHUSDT", **DAY, enforce_source="vision")
    row = [1709510460000, "1", "9", "0.5", "2", "3", 1709510519999, "4", 5, "6", "7", "0"]
    replica.fault(match=r"/v3/klines.*startTime=1709510400000", kind="rubbish_row", row=1, text=json.dumps(row))
    df = manager.get_data_sync("ETHUSDT", **DAY, enforce_source="rest")
    assert df.attrs["klinekeep"].report.conflicts == (utc("2024-03-04T00:01"),)
    assert df["high"].iloc[1] == 9
    assert_same(manager.get_data_sync("ETHUSDT", **DAY), truth(replica, "ETHUSDT"))


# -- integrity ---------------------------------------------------------------------------------------------------------


def test_integrity_of_what_is_sound_absent_and_damaged(desk, manager):
    manager.get_data_sync(SYMBOL, **DAY)
    for day in (DATE, datetime(2024, 3, 31, 23, 59), datetime(2024, 3, 1, tzinfo=UTC)):
        assert manager.validate_cache_integrity_sync(SYMBOL, "1m", day) == (True, None)
    ok, why = manager.validate_cache_integrity_sync(SYMBOL, "1m", date(2024, 4, 1))
    assert ok is False and "no cache entry" in why
    flip(partition(desk))
    ok, why = manager.validate_cache_integrity_sync(SYMBOL, "1m", DATE)
    assert ok is False and "the sum of column" in why
    (finding,) = manager.cache.validate()
    assert (finding.symbol, finding.year, finding.month, finding.path) == (SYMBOL, 2024, 3, partition(desk))
    partition(desk).write_bytes(b"no Arrow file")
    assert manager.validate_cache_integrity_sync(SYMBOL, "1m", DATE)[0] is False


def test_damage_is_found_moved_aside_fetched_again_and_counted(desk, manager, replica):
    cold = manager.get_data_sync(SYMBOL, **DAY)
    flip(partition(desk))
    damaged = partition(desk).read_bytes()
    replica.clear_log()
    fresh = desk.manager()
    healed = fresh.get_data_sync(SYMBOL, **DAY)
    assert_same(healed, cold)
    assert files_asked(replica) == ["BTCUSDT-1m-2024-03-04.zip"]
    assert fresh.get_cache_stats_sync() == {"hits": 0, "misses": 1, "errors": 1}
    assert any("quarantine" in note for note in healed.attrs["klinekeep"].report.notes)
    assert damaged in [path.read_bytes() for path in (desk.cache_dir / "spot/quarantine").rglob("*") if path.is_file()]
    desk.assert_sound()


def test_damage_offline_is_an_error_then_a_miss_and_never_an_answer(desk, manager):
    manager.get_data_sync(SYMBOL, **DAY)
    flip(partition(desk))
    for error in (IntegrityError, OfflineMiss):
        with pytest.raises(error):
            manager.get_data_sync(SYMBOL, **DAY, enforce_source="cache")
    assert manager.get_cache_stats_sync() == {"hits": 0, "misses": 3, "errors": 1}


def test_verify_always_proves_at_every_use(desk, manager):
    """`auto` proves a file once in a process; `always` sees what no time of the file tells: a write to a page that was mapped dirty."""
    cold = manager.get_data_sync(SYMBOL, **DAY)
    path = partition(desk)
    with path.open("r+b") as file, mmap.mmap(file.fileno(), 0) as mapped:
        at = len(mapped) // 2
        mapped[at] = mapped[at]
        manager.get_data_sync(SYMBOL, **DAY)
        mapped[at] ^= 1
    assert not manager.get_data_sync(SYMBOL, **DAY).equals(cold), "this test flips a byte that is served"
    assert_same(manager.get_data_sync(SYMBOL, **DAY, verify="always"), cold)


# -- repair and refresh ------------------------------------------------------------------------------------------------


def test_repair_makes_the_entry_right_again(desk, manager, replica):
    cold = manager.get_data_sync(SYMBOL, **DAY)
    replica.clear_log()
    assert manager.repair_cache_sync(SYMBOL, "1m", DATE) is True, "what is sound is left alone"
    assert asked(replica) == []
    flip(partition(desk))
    assert manager.repair_cache_sync(SYMBOL, "1m", DATE) is True
    assert asked(replica) != []
    assert manager.validate_cache_integrity_sync(SYMBOL, "1m", DATE) == (True, None)
    assert_same(desk.offline().get_data_sync(SYMBOL, **DAY), cold)


def test_repair_without_sources_raises_and_leaves_nothing_false(desk, manager):
    manager.get_data_sync(SYMBOL, **DAY)
    flip(partition(desk))
    with pytest.raises(SourceUnavailable):
        desk.offline().repair_cache_sync(SYMBOL, "1m", DATE)
    assert partition(desk).exists(), "it stays where it is until what it held has been fetched"
    assert manager.repair_cache_sync(SYMBOL, "1m", DATE) is True
    manager.get_data_sync(SYMBOL, **DAY, enforce_source="cache")


def test_refresh_tells_what_it_changed(desk, manager, replica):
    hours = ask("1h", "2024-03-04", "2024-03-05T23:00")
    manager.get_data_sync("ETHUSDT", **hours, enforce_source="rest")
    row = [1709546400000, "1", "9", "0.5", "2", "3", 1709549999999, "4", 5, "6", "7", "0"]
    replica.fault(match=r"2024-03-04\.zip$", kind="rubbish_row", row=10, text=",".join(map(str, row)))
    replica.clear_log()
    result = manager.refresh_sync("ETHUSDT", "1h")
    assert result.partitions == 1 and result.requests == len(asked(replica)) > 0
    changed = {one.column: one.after for one in result.values}
    assert {one.open_time for one in result.values} == {utc("2024-03-04T10:00")}
    assert (changed["high"], changed["close"], changed["trades"]) == (9, 2, 5)
    assert manager.get_data_sync("ETHUSDT", **hours)["high"].iloc[10] == 9
    assert manager.refresh_sync("ETHUSDT", "1h").values == ()


# -- many at once ------------------------------------------------------------------------------------------------------


def test_many_threads_ask_for_the_same_and_each_object_is_fetched_once(desk, manager, replica):
    start = threading.Barrier(8)

    def one(_):
        start.wait()
        return manager.get_data_sync("ETHUSDT", **DAY)

    with ThreadPoolExecutor(8) as pool:
        frames = list(pool.map(one, range(8)))
    assert files_asked(replica) == ["ETHUSDT-1m-2024-03-04.zip"]
    for frame in frames:
        assert_same(frame, frames[0])
    stats = manager.get_cache_stats_sync()
    assert stats["hits"] + stats["misses"] == 8 and stats["errors"] == 0


def test_many_managers_fill_one_cache(desk, replica):
    days = [ask("1m", f"2024-03-{d:02}", f"2024-03-{d:02}T23:59") for d in range(4, 12)]
    with ThreadPoolExecutor(8) as pool:
        frames = list(pool.map(lambda day: desk.manager().get_data_sync("ETHUSDT", **day), days))
    whole = desk.offline().get_data_sync("ETHUSDT", **ask("1m", "2024-03-04", "2024-03-11T23:59"))
    assert sum(map(len, frames)) == len(whole) == 8 * 1440
    assert_same(whole, truth(replica, "ETHUSDT", "1m", "2024-03-04", "2024-03-11T23:59"))
    desk.assert_sound()


# -- recovery ----------------------------------------------------------------------------------------------------------


def test_a_cache_that_cannot_be_written_never_costs_the_answer(desk, replica):
    desk.cache_dir.write_text("a file where the folder should be")
    with pytest.warns(CacheWarning):
        df = desk.manager().get_data_sync("ETHUSDT", **DAY)
    assert_same(df, truth(replica, "ETHUSDT"))
    assert df.attrs["klinekeep"].report.notes


def test_a_directory_that_cannot_be_used(home):
    (home / "loop").symlink_to("loop")
    cache = UnifiedCacheManager(home / "loop")
    for call in (cache.list, cache.validate, cache.reindex, lambda: cache.prune(max_size=0)):
        with pytest.raises(CacheError, match="loop"):
            call()


def test_a_file_is_no_cache_directory(home):
    (home / "file").write_text("not a directory")
    cache = UnifiedCacheManager(home / "file")
    load = ("spot", "BTCUSDT", "1m", utc("2024-03-05"), utc("2024-03-06"))
    for call in (cache.list, cache.validate, cache.reindex, lambda: cache.prune(max_size=0), lambda: cache.load(*load)):
        with pytest.raises(CacheError, match="is not a directory"):
            call()
    assert UnifiedCacheManager(home / "nothing").list() == ()


def test_a_failure_keeps_what_came_and_asks_only_for_the_rest(manager, replica):
    days = ask("1m", "2024-03-04", "2024-03-06T23:59")
    replica.fault(match=r"2024-03-05\.zip$", kind="corrupt_zip", flip=8)
    replica.fault(match=r"/monthly/", kind="missing")
    with pytest.raises(IntegrityError) as caught:
        manager.get_data_sync("ETHUSDT", **days, enforce_source="vision")
    (missing,) = caught.value.missing
    assert (missing.start, missing.end) == (utc("2024-03-05"), utc("2024-03-05T23:59"))
    replica.clear()
    replica.clear_log()
    assert_same(manager.get_data_sync("ETHUSDT", **days, enforce_source="vision"), truth(replica, "ETHUSDT", "1m", "2024-03-04", "2024-03-06T23:59"))
    assert {name for name in files_asked(replica) if name.count("-") == 4} == {"ETHUSDT-1m-2024-03-05.zip"}


def test_a_cache_that_was_removed_under_a_manager_is_made_anew(desk, manager, replica):
    cold = manager.get_data_sync("ETHUSDT", **DAY)
    shutil.rmtree(desk.cache_dir)
    assert_same(manager.get_data_sync("ETHUSDT", **DAY), cold)
    assert partition(desk, "ETHUSDT").is_file()


# -- tables are views --------------------------------------------------------------------------------------------------


def views_of(path) -> int:
    """How often this process maps the file."""
    with open("/proc/self/maps") as maps:
        return sum(str(path) in line for line in maps)


def inside(table: pa.Table, path) -> bool:
    """Whether the table's memory is that of the mapped file."""
    with open("/proc/self/maps") as maps:
        areas = [tuple(int(end, 16) for end in line.split()[0].split("-")) for line in maps if str(path) in line]
    addresses = [buffer.address for chunk in table["close"].chunks for buffer in chunk.buffers() if buffer]
    return all(any(low <= address < high for low, high in areas) for address in addresses)


def test_a_table_is_a_view_of_the_cache(desk, manager):
    manager.get_data_sync(SYMBOL, **DAY)
    assert inside(manager.get_table_sync(SYMBOL, **DAY), partition(desk))
    assert not inside(manager.get_table_sync(SYMBOL, **DAY, copy=True), partition(desk))
    assert inside(manager.get_stream_sync(SYMBOL, **DAY).read_all(), partition(desk))


def test_a_view_stays_valid_after_eviction(desk, manager):
    df, table = manager.get_data_sync(SYMBOL, **DAY, unit="ms"), manager.get_table_sync(SYMBOL, **DAY)
    removed = manager.cache.prune(max_size=0)
    assert [entry.path for entry in removed.removed] == [partition(desk)] and removed.bytes_left == 0
    assert not partition(desk).exists()
    manager.close()
    del manager
    assert_same(table.to_pandas().set_index("open_time"), df)
    assert views_of(partition(desk)) > 0


def test_a_view_stays_as_it_was_when_its_month_is_replaced(desk, manager):
    first = manager.get_table_sync(SYMBOL, **DAY)
    before = first.to_pandas()
    manager.get_data_sync(SYMBOL, **ask("1m", "2024-03-10", "2024-03-12T23:59"))
    flip(partition(desk))
    desk.manager().repair_cache_sync(SYMBOL, "1m", DATE)
    assert first.to_pandas().equals(before)
    assert first.equals(desk.manager().get_table_sync(SYMBOL, **DAY))


def test_a_copy_has_no_part_in_the_file(desk, manager):
    manager.get_data_sync(SYMBOL, **DAY)
    before = views_of(partition(desk))
    copy = manager.get_table_sync(SYMBOL, **DAY, copy=True)
    assert views_of(partition(desk)) == before
    assert copy.equals(manager.get_table_sync(SYMBOL, **DAY))


def test_mappings_go_with_the_last_reference(desk, manager):
    table = manager.get_table_sync(SYMBOL, **DAY)
    column = table["close"].chunk(0)
    path = partition(desk)
    assert views_of(path) > 0
    del table
    assert column.to_numpy().sum() > 0 and views_of(path) > 0
    del column
    manager.cache.prune(max_size=0)  # a partition that is there is kept open for the process
    assert views_of(path) == 0


# -- the cache by itself -----------------------------------------------------------------------------------------------


def test_the_cache_is_useful_alone(desk, manager):
    manager.get_data_sync(SYMBOL, **DAY)
    manager.get_data_sync("ETHUSDT", **ask("1h", "2024-03-04", "2024-03-04T23:00"))
    cache = UnifiedCacheManager(desk.cache_dir)
    assert [(entry.symbol, entry.interval, entry.rows) for entry in cache.list()] == [("BTCUSDT", "1m", 1440), ("ETHUSDT", "1h", 24)]
    (entry,) = cache.list("spot", SYMBOL, "1m")
    assert (entry.market, entry.year, entry.month, entry.path) == ("spot", 2024, 3, partition(desk))
    assert (entry.first, entry.last) == (DAY["start_time"], DAY["end_time"]) and entry.bytes == partition(desk).stat().st_size
    assert entry.covered == ((DAY["start_time"], DAY["end_time"]),)
    assert cache.list("um") == cache.list("spot", "NEARUSDT") == ()
    held = cache.load("spot", SYMBOL, "1m", utc("2024-03-03T23:00"), utc("2024-03-04T00:59"))
    assert held.table.num_rows == 60 and held.covered == ((utc("2024-03-04"), utc("2024-03-04T00:59")),)
    assert cache.load("spot", SYMBOL, "1m", utc("2024-03-03T23:00:01"), utc("2024-03-03T23:00:59")).covered == ()
    late = pd.Timestamp("2024-03-04T00:00:00.000000001Z")
    assert cache.load("spot", SYMBOL, "1m", late, utc("2024-03-04T00:01")).table.num_rows == 1


def test_limits_of_size_and_age_are_kept(desk, manager):
    manager.get_data_sync(SYMBOL, **DAY)
    old = partition(desk)
    os.utime(old, (0, 0))
    assert manager.cache.prune(max_age=timedelta(days=36500)).removed == ()
    (removed,) = manager.cache.prune(max_age=timedelta(days=1)).removed
    assert removed.path == old and not old.exists()


@pytest.mark.parametrize("limits, left", [({"cache_max_size": 150_000}, 1), ({"cache_max_age": timedelta(days=3)}, 1), ({}, 3)])
def test_limits_of_a_manager_are_kept_when_it_writes(desk, manager, limits, left):
    for day in ("2024-01-04", "2024-02-04"):
        manager.get_data_sync(SYMBOL, **ask("1m", day, f"{day}T23:59"))
    for entry in manager.cache.list():  # what is in use does not go
        os.utime(entry.path, (0, 0))
    df = desk.manager(**limits).get_data_sync(SYMBOL, **DAY)
    assert len(manager.cache.list()) == left
    assert len(df.attrs["klinekeep"].report.notes) == (1 if limits else 0)


CANNOT_BE = [
    ({"max_size": -1}, "max_size must be from 0 to"),
    ({"max_size": -(2**40)}, "max_size must be from 0 to"),
    ({"max_size": -1, "max_age": timedelta(days=90)}, "max_size must be from 0 to"),
    ({"max_age": timedelta(seconds=-1)}, "max_age cannot be negative"),
    ({"max_age": timedelta(microseconds=-1)}, "max_age cannot be negative"),
    ({"max_age": timedelta.min}, "max_age cannot be negative"),
    ({"max_age": pd.Timedelta(-900, "ns")}, "max_age cannot be negative"),
    ({"max_age": timedelta(milliseconds=900)}, "max_age cannot be 0.9 s"),
    ({"max_age": timedelta(microseconds=1)}, "max_age cannot be 1e-06 s"),
    ({"max_age": pd.Timedelta(900, "ns")}, "max_age cannot be 1e-06 s"),
    ({"max_size": 0, "max_age": timedelta(milliseconds=900)}, "max_age cannot be 0.9 s"),
]


@pytest.mark.parametrize("limits, words", CANNOT_BE, ids=lambda value: str(value) if isinstance(value, dict) else "")
def test_limits_that_cannot_be_are_invalid_requests_and_cost_nothing(desk, manager, limits, words):
    manager.get_data_sync(SYMBOL, **DAY)
    os.utime(partition(desk), (0, 0))
    with pytest.raises(InvalidRequest, match=words):
        manager.cache.prune(**limits)
    with pytest.raises(InvalidRequest, match=words):
        desk.manager(**{f"cache_{name}": limit for name, limit in limits.items()})
    assert partition(desk).exists()


def test_limits_of_the_wrong_type(desk, manager):
    with pytest.raises(TypeError):
        desk.manager(cache_max_age=3600)
    with pytest.raises(TypeError):
        manager.cache.prune(max_age=3600)
    with pytest.raises(TypeError):
        manager.cache.prune(max_size="20G")


def test_an_age_as_long_as_can_be_said_keeps_all(desk, manager):
    manager.get_data_sync(SYMBOL, **DAY)
    os.utime(partition(desk), (0, 0))
    assert manager.cache.prune(max_age=timedelta.max, max_size=2**63 - 1).removed == ()
    (removed,) = manager.cache.prune(max_age=timedelta(0)).removed
    assert removed.path == partition(desk)


def test_names_of_the_cache_say_what_cannot_be(desk, manager):
    cache = manager.cache
    for call in (
        lambda: cache.path_of("spot", "../../etc", "1m", DATE),
        lambda: cache.list(interval="1x"),
        lambda: cache.validate("bank"),
        lambda: cache.load("spot", "B T C", "1m", DATE, DATE),
    ):
        with pytest.raises(InvalidRequest):
            call()
    assert repr(cache) == f"<klinekeep.UnifiedCacheManager of {desk.cache_dir}>"
    assert isinstance(manager, DataSourceManager) and str(desk.cache_dir) in repr(manager)
