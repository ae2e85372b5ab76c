"""Integration: whole workflows, errors that arrive, resources that go, memory, and the figures of performance."""

import asyncio
import gc
import inspect
import os
import pathlib
import weakref
from datetime import date, datetime, timedelta, timezone

import pytest
from cache_support import asked, files_asked
from python_support import INTERVAL, SYMBOL, TEST_WINDOWS, ask, assert_same, truth, utc

import klinekeep
from klinekeep import (
    DataSource,
    DataSourceManager,
    EnhancedRetriever,
    IncompleteData,
    Interval,
    InvalidRequest,
    MarketType,
    SourceUnavailable,
    UnifiedCacheManager,
    UnknownSymbol,
    VisionDataClient,
)

DAY = ask("1m", "2024-03-04", "2024-03-04T23:59")


# -- code for the interface that klinekeep was made after, with only the import changed -----------------------------------


@pytest.fixture
def data_source_manager(monkeypatch, home, replica):
    """The fixture of that code, in a folder of the test's, with the replica as Binance."""
    monkeypatch.chdir(home)
    monkeypatch.setenv("KLINEKEEP_REST_URL", replica.url)
    monkeypatch.setenv("KLINEKEEP_VISION_URL", replica.url)
    monkeypatch.setenv("KLINEKEEP_NOW", "2026-09-24T12:00:00Z")
    return DataSourceManager(market_type=MarketType.SPOT, cache_dir=pathlib.Path("./test_cache"), use_cache=True)


def test_the_interfaces_examples(data_source_manager, replica, home):
    manager = data_source_manager
    moment = datetime(2026, 9, 24, 12, tzinfo=timezone.utc)

    async def main():
        # Recent Data
        data = await manager.get_data(
            symbol="BTCUSDT",
            start_time=moment - timedelta(hours=1),
            end_time=moment,
        )
        assert_same(data, truth(replica, "BTCUSDT", "1s", moment - timedelta(hours=1), moment - timedelta(seconds=1)))

        # Historical Data with Vision
        start_time, end_time = utc("2024-03-15"), utc("2024-03-15T00:59:59")
        data = await manager.get_data(
            symbol="BTCUSDT",
            start_time=start_time,
            end_time=end_time,
            enforce_source=DataSource.VISION,
        )
        assert_same(data, truth(replica, "BTCUSDT", "1s", start_time, end_time))

        assert await manager.get_cache_stats() == {"hits": 0, "misses": 2, "errors": 0}
        assert await manager.validate_cache_integrity(symbol="BTCUSDT", interval="1s", date=end_time) == (True, None)
        assert await manager.repair_cache(symbol="BTCUSDT", interval="1s", date=end_time) is True

    asyncio.run(main())
    assert (home / "test_cache/spot/data/BTCUSDT/1s/202403.arrow").is_file()


@pytest.mark.parametrize("window", TEST_WINDOWS)
def test_the_interfaces_windows(data_source_manager, replica, window):
    end_time = utc("2024-03-15T12:00")

    async def twice():
        asking = dict(symbol=SYMBOL, interval=INTERVAL, start_time=end_time - window, end_time=end_time, use_cache=True, enforce_source=DataSource.AUTO)
        cold = await data_source_manager.get_data(**asking)
        replica.clear_log()
        return cold, await data_source_manager.get_data(**asking)

    cold, warm = asyncio.run(twice())
    assert asked(replica) == []
    assert_same(warm, cold)
    assert_same(cold, truth(replica, SYMBOL, "1s", end_time - window, end_time))


def test_the_signatures_are_the_interfaces():
    def names(method):
        return list(inspect.signature(method).parameters)

    def default(method, name):
        return inspect.signature(method).parameters[name].default

    assert names(DataSourceManager)[:5] == ["market_type", "rest_client", "vision_client", "cache_dir", "use_cache"]
    assert [default(DataSourceManager, name) for name in names(DataSourceManager)[:5]] == [MarketType.SPOT, None, None, None, True]
    assert names(DataSourceManager.get_data)[1:7] == ["symbol", "interval", "start_time", "end_time", "use_cache", "enforce_source"]
    assert default(DataSourceManager.get_data, "interval") is Interval.SECOND_1
    assert default(DataSourceManager.get_data, "enforce_source") is DataSource.AUTO
    for method in ("validate_cache_integrity", "repair_cache"):
        assert names(getattr(DataSourceManager, method)) == ["self", "symbol", "interval", "date"]
    for method in ("get_data", "get_cache_stats", "validate_cache_integrity", "repair_cache"):
        assert inspect.iscoroutinefunction(getattr(DataSourceManager, method))


@pytest.mark.parametrize("name", ["get_data", "get_table", "get_result", "get_stream", "plan"])
def test_the_twins_have_the_same_keywords_and_say_so(name):
    alone = inspect.signature(getattr(DataSourceManager, name)).parameters
    twin = inspect.signature(getattr(DataSourceManager, f"{name}_sync")).parameters
    assert dict(alone) == dict(twin) and "start_time" in alone
    assert set(inspect.signature(DataSourceManager.get_data).parameters) - set(alone) <= {"unit"}


def test_what_is_public_is_there_and_has_words():
    for name in klinekeep.__all__:
        thing = getattr(klinekeep, name)
        assert isinstance(thing, str) or thing.__doc__ or name == "plot", name
    for kind in (DataSourceManager, EnhancedRetriever, VisionDataClient, UnifiedCacheManager):
        for name, method in inspect.getmembers(kind, callable):
            assert name.startswith("_") or method.__doc__, f"{kind.__name__}.{name}"


# -- workflows ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("market, symbol", [("spot", "ETHUSDT"), ("um", "ETHUSDT"), ("cm", "ETHUSD_PERP")])
def test_plan_fetch_damage_repair_refresh_prune(desk, replica, market, symbol):
    hours = ask("1h", "2024-03-01", "2024-03-31T23:00")

    async def work():
        async with desk.manager(market) as manager:
            plan = await manager.plan(symbol, **hours)
            assert plan.requests > 0
            cold = await manager.get_data(symbol, **hours)
            assert len(asked(replica)) == plan.requests
            assert_same(cold, truth(replica, symbol, "1h", "2024-03-01", "2024-03-31T23:00", market))
            assert (await manager.plan(symbol, **hours)).steps == ()
            path = manager.cache.path_of(market, symbol, "1h", date(2024, 3, 1))
            path.write_bytes(path.read_bytes()[:-100])
            assert (await manager.validate_cache_integrity(symbol, "1h", date(2024, 3, 1)))[0] is False
            assert await manager.repair_cache(symbol, "1h", date(2024, 3, 1))
            assert_same(await manager.get_data(symbol, **hours, enforce_source="cache"), cold)
            refreshed = await manager.refresh(symbol, "1h")
            assert refreshed.values == () and refreshed.failed == ()
            table, stream = await manager.get_table(symbol, **hours), await manager.get_stream(symbol, **hours)
            assert stream.read_all().equals(table)
            assert (await manager.get_result(symbol, **hours)).report.requests == 0
            assert len(manager.cache.prune(max_size=0).removed) == 1

    asyncio.run(work())
    desk.assert_sound()


def test_the_parts_are_useful_alone(desk, replica):
    hours = ("ETHUSDT", Interval.HOUR_1, utc("2024-03-04"), utc("2024-03-04T23:00"))
    expected = truth(replica, "ETHUSDT", "1h", "2024-03-04", "2024-03-04T23:00")
    for client, source in ((desk.rest(), "rest"), (desk.vision(), "vision")):
        result = client.fetch_sync(MarketType.SPOT, *hours)
        again = asyncio.run(client.fetch("spot", *hours))
        assert result.table.equals(again.table) and result.report.rows_by_source[source] == 24
        assert result.table["close"].to_pylist() == expected["close"].tolist()
    symbols = {info.symbol: info for info in desk.rest().symbols_sync()}
    assert symbols["BTCUSDT"].status == "TRADING" and symbols["BCCUSDT"].status == "BREAK"
    assert symbols.keys() == {info.symbol for info in asyncio.run(desk.rest().symbols("spot"))}
    assert {info.symbol: info for info in desk.rest().symbols_sync("um")}["BTCUSDT"].onboard < utc("2020-01-01")
    assert not desk.cache_dir.exists()


def test_clients_are_shared_by_managers(desk, replica):
    rest, vision = desk.rest(), desk.vision()
    managers = [desk.manager(market, rest_client=rest, vision_client=vision) for market in ("spot", "um")]
    frames = [manager.get_data_sync("ETHUSDT", **DAY) for manager in managers]
    assert not frames[0].equals(frames[1])
    managers[0].close()
    assert len(managers[1].get_data_sync("ETHUSDT", **ask("1m", "2024-03-06", "2024-03-06T01:00"))) == 61
    for wrong in ("rest", vision):
        with pytest.raises(TypeError, match="rest_client must be an EnhancedRetriever"):
            desk.manager(rest_client=wrong)


def test_a_days_work_of_polling(desk, manager, replica):
    """Asked again and again as time goes on, the cache gives what one request at the end gives."""
    start = utc("2026-09-24T10:00")
    for minute in range(0, 60, 7):
        desk.set_now(f"2026-09-24T11:{minute:02}:05")
        frame = manager.get_data_sync("ETHUSDT", interval="1m", start_time=start, end_time=desk.clock.now)
        assert frame.index[-1] == desk.clock.now.replace(second=0) - timedelta(minutes=1)
    assert_same(frame, truth(replica, "ETHUSDT", "1m", start, frame.index[-1].to_pydatetime()))
    desk.assert_sound()


# -- errors arrive -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("method", ["get_data", "get_table", "get_result", "get_stream"])
def test_errors_arrive_alike_from_every_method(desk, method):
    texts = []
    for name in (f"{method}_sync", method):
        dead = desk.offline()  # which knows nothing of its hosts yet

        def get(*arguments, **options):
            answer = getattr(dead, name)(*arguments, **options)
            return asyncio.run(answer) if name == method else answer

        with pytest.raises(SourceUnavailable) as caught:
            get("ETHUSDT", **DAY)
        assert caught.value.asked.symbol == "ETHUSDT" and caught.value.missing
        texts.append(str(caught.value))
        with pytest.raises(InvalidRequest):
            get("ETHUSDT", **DAY | {"interval": "1x"})
    assert texts[0] == texts[1]


def test_an_unknown_symbol(manager):
    for method in (manager.get_data_sync, manager.get_table_sync):
        with pytest.raises(UnknownSymbol) as caught:
            method("NOSUCHUSDT", **DAY)
        assert (caught.value.asked.symbol, caught.value.asked.market, caught.value.asked.interval) == ("NOSUCHUSDT", "spot", "1m")


def test_an_error_costs_no_other_request(desk, manager, replica):
    replica.fault(match="ETHUSDT", kind="status", status=404)

    async def both():
        return await asyncio.gather(manager.get_data("ETHUSDT", **DAY), manager.get_data(SYMBOL, **DAY), return_exceptions=True)

    failed, df = asyncio.run(both())
    assert isinstance(failed, IncompleteData) and len(df) == 1440


# -- resources go ------------------------------------------------------------------------------------------------------


def test_closed_managers_do_no_more_work(desk):
    manager = desk.manager()
    with manager as entered:
        assert entered is manager
        manager.get_data_sync("ETHUSDT", **DAY)
    for call in (lambda: manager.get_data_sync("ETHUSDT", **DAY), lambda: manager.plan_sync("ETHUSDT", **DAY), lambda: asyncio.run(manager.get_data("ETHUSDT", **DAY))):
        with pytest.raises(RuntimeError, match="this DataSourceManager is closed"):
            call()
    manager.close()
    asyncio.run(manager.aclose())
    assert "closed" in repr(manager) and manager.get_cache_stats_sync()["misses"] == 1
    with pytest.raises(ZeroDivisionError), desk.manager():
        raise ZeroDivisionError


def test_nothing_is_left_open(desk):
    def open_files():
        links = [f"/proc/self/fd/{fd}" for fd in os.listdir("/proc/self/fd")]
        return [os.readlink(link) for link in links if os.path.islink(link)]

    desk.manager().get_data_sync("ETHUSDT", **DAY)
    before = [name for name in open_files() if "socket" in name]
    for day in range(5, 9):
        with desk.manager() as manager:
            manager.get_data_sync("ETHUSDT", **ask("1m", f"2024-03-{day:02}", f"2024-03-{day:02}T23:59"))
    manager.cache.prune(max_size=0)  # partitions that are there are kept open for the process
    desk.forget()
    del manager
    gc.collect()
    assert len([name for name in open_files() if "socket" in name]) <= len(before)
    assert [name for name in open_files() if str(desk.cache_dir) in name] == []


def test_an_answer_goes_with_its_last_reference(manager):
    """At once, and not when the collector of cycles comes: frames are large."""
    manager.get_data_sync("ETHUSDT", **DAY)
    gc.collect()
    gc.disable()
    try:
        for get in (manager.get_data_sync, lambda *a, **k: asyncio.run(manager.get_data(*a, **k))):
            df = get("ETHUSDT", **DAY)
            gone = weakref.ref(df)
            del df
            assert gone() is None
    finally:
        gc.enable()


def test_an_error_goes_with_its_last_reference(desk):
    dead = desk.offline()
    gc.collect()
    gc.disable()
    try:
        try:
            dead.get_data_sync("ETHUSDT", **DAY)
        except SourceUnavailable as error:
            gone = weakref.ref(error)
        assert gone() is None
    finally:
        gc.enable()


def test_a_manager_goes_with_its_last_reference_also_when_its_clock_knows_it(desk):
    class Bot:
        def __init__(self):
            self.manager = DataSourceManager(
                rest_client=EnhancedRetriever(desk.replica.url, clock=self.now),
                vision_client=VisionDataClient(desk.replica.url, clock=self.now),
                cache_dir=desk.cache_dir,
                clock=self.now,
            )

        def now(self):
            return desk.clock.now

    bot = Bot()
    assert len(bot.manager.get_data_sync("ETHUSDT", **DAY)) == 1440
    gone = weakref.ref(bot)
    del bot
    gc.collect()
    assert gone() is None


def test_a_manager_keeps_its_clients_and_their_clocks(desk):
    """The core only borrows a client's clock: whoever was handed the client owns it."""
    told = []
    manager = DataSourceManager(
        rest_client=EnhancedRetriever(desk.replica.url, clock=lambda: told.append(1) or desk.clock.now),
        vision_client=desk.vision(),
        cache_dir=desk.cache_dir,
    )
    gc.collect()
    assert len(manager.get_data_sync("ETHUSDT", **DAY)) == 1440
    assert told


# -- the figures of performance ----------------------------------------------------------------------------------------


def test_the_report_has_the_figures(manager, replica):
    cold = manager.get_data_sync("ETHUSDT", **ask("1m", "2024-03-04", "2024-03-06T23:59")).attrs["klinekeep"].report
    log = replica.log()
    assert (cold.requests, cold.rows) == (len(log), 3 * 1440)
    assert cold.bytes == sum(entry["bytes"] for entry in log) > 0
    assert cold.parts_by_trust["verified"] == len(files_asked(replica)) == 3
    warm = manager.get_data_sync("ETHUSDT", **ask("1m", "2024-03-04", "2024-03-06T23:59")).attrs["klinekeep"].report
    assert (warm.requests, warm.bytes, warm.rows_by_source) == (0, 0, {"cache": 3 * 1440})


def test_statistics_are_integers_and_count_answers(manager):
    async def work():
        for _ in range(3):
            await manager.get_data("ETHUSDT", **DAY)
        await manager.get_table("ETHUSDT", **DAY)
        return await manager.get_cache_stats()

    stats = asyncio.run(work())
    assert stats == {"hits": 3, "misses": 1, "errors": 0}
    assert all(type(value) is int for value in stats.values())
    manager.plan_sync("ETHUSDT", **DAY)
    assert manager.get_cache_stats_sync() == stats, "a plan is no answer"


def test_a_warm_answer_copies_each_column_once(manager):
    """All columns lie in one piece of memory, which is as large as they are."""
    manager.get_data_sync("ETHUSDT", **DAY)
    df = manager.get_data_sync("ETHUSDT", **DAY)
    addresses = sorted(df[name].to_numpy().__array_interface__["data"][0] for name in df.columns)
    assert [b - a for a, b in zip(addresses, addresses[1:])] == [8 * len(df)] * 9
    assert df.index.asi8.__array_interface__["data"][0] == addresses[0] - 8 * len(df)
