"""The face in event loops: never blocked, in parallel, cancelled soon, closed with work under way, and in several loops at once."""

import asyncio
import contextlib
import gc
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from gate import Gate
from python_support import SYMBOL, ask, assert_same, truth, until

from klinekeep import Cancelled, DataSource, OfflineMiss, _work

DAY = ask("1m", "2024-03-04", "2024-03-04T23:59")
PAGES = r"/v3/klines"
METHODS = ["get_data", "get_table", "get_result", "get_stream"]


@pytest.fixture(autouse=True)
def idle():
    """No work is left behind by any test of this file."""
    yield
    until_idle()


def until_idle() -> None:
    """Its answer is given a moment before a thread is idle."""
    until(lambda: not _work._workers._running and _work._workers._queue.empty())


async def until_true(true) -> int:
    """Gives the loop its turns until it is so; how many."""
    turns = 0
    while not true():
        turns += 1
        await asyncio.sleep(0)
    return turns


def call(manager, method):
    """A call of each asynchronous method that has something to ask."""
    date = DAY["start_time"]
    if method in ("validate_cache_integrity", "repair_cache"):
        return getattr(manager, method)("ETHUSDT", "1m", date)
    if method == "refresh":
        return manager.refresh("ETHUSDT", "1m")
    return getattr(manager, method)("ETHUSDT", **DAY)


# -- the loop is never blocked -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("method", METHODS)
def test_the_loop_turns_while_a_request_is_under_way(manager, replica, method):
    """The answer comes 200 ms late; of the thousands of turns that a free loop makes meanwhile, twenty are asked."""
    replica.fault(match=r"\.zip$", kind="latency", ms=200)

    async def main():
        task = asyncio.ensure_future(call(manager, method))
        await until_true(lambda: replica_has(r".zip", replica))
        turns = await until_true(task.done)
        await task
        return turns

    assert asyncio.run(main()) > 20


def replica_has(match, replica):
    return bool(replica.log(match))


@pytest.mark.parametrize("kind", ["fetch", "symbols", "first_file"])
def test_the_loop_turns_while_a_client_asks(desk, replica, kind):
    replica.fault(match=".", kind="latency", ms=200)

    async def main():
        if kind == "fetch":
            work = desk.rest().fetch("spot", "ETHUSDT", "1m", DAY["start_time"], DAY["start_time"])
        elif kind == "symbols":
            work = desk.rest().symbols("spot")
        else:
            work = desk.vision().first_file("spot", "ETHUSDT", "1m")
        task = asyncio.ensure_future(work)
        return await until_true(task.done), await task

    turns, result = asyncio.run(main())
    assert turns > 20 and result


def test_the_loop_turns_while_the_work_is_the_processors(manager):
    """Without a wait for anybody: 86,400 rows are fetched, parsed, kept, proven and copied without the interpreter's lock."""
    day = ask("1s", "2024-03-04", "2024-03-04T23:59:59")

    async def main():
        task = asyncio.ensure_future(manager.get_data(SYMBOL, **day))
        turns = await until_true(task.done)
        return turns, await task

    turns, df = asyncio.run(main())
    assert turns > 20 and len(df) == 86_400


# -- many in parallel --------------------------------------------------------------------------------------------------


def test_fifty_requests_at_once(manager, replica):
    days = [(f"2024-{month:02}-{day:02}", month, day) for month in (1, 2) for day in range(1, 26)]

    async def main():
        return await asyncio.gather(*(manager.get_data("ETHUSDT", **ask("1h", day, f"{day}T23:00")) for day, _, _ in days))

    frames = asyncio.run(main())
    assert len(frames) == 50 and all(len(df) == 24 for df in frames)
    for (day, _, _), df in zip(days[::10], frames[::10]):
        assert_same(df, truth(replica, "ETHUSDT", "1h", day, f"{day}T23:00"))
    stats = manager.get_cache_stats_sync()
    assert stats["hits"] + stats["misses"] == 50 and stats["errors"] == 0
    assert manager.cache.validate() == ()


@pytest.mark.parametrize("source, match", [("rest", PAGES), ("vision", r"\.zip$")])
def test_requests_of_one_loop_run_side_by_side(desk, replica, source, match):
    """Four series; the gate lets none of their requests pass before all four are there."""
    symbols = ["ETHUSDT", "BNBUSDT", "DOGEUSDT", "BTCUSDT"]
    with Gate(replica, match, 4) as gate:
        client = desk.rest(gate.url)
        manager = desk.manager(vision_url=gate.url, rest_client=client)
        if source == "rest":  # the first call to a host goes alone
            client.symbols_sync()

        async def main():
            hours = ask("1h", "2024-03-04", "2024-03-04T23:00", enforce_source=DataSource(source))
            return await asyncio.gather(*(manager.get_data(symbol, **hours) for symbol in symbols))

        frames = asyncio.run(main())
        assert gate.most == 4 and [len(df) for df in frames] == [24] * 4


def test_the_files_of_one_request_are_fetched_side_by_side(desk, replica):
    with Gate(replica, r"\.zip$", 3) as gate:
        manager = desk.manager(vision_url=gate.url)
        df = asyncio.run(manager.get_data("ETHUSDT", **ask("1m", "2024-03-04", "2024-03-06T23:59")))
        assert gate.most == 3 and len(df) == 3 * 1440


def test_more_requests_than_threads_all_come_to_their_end(desk, replica):
    """The first fill every thread and wait; the others wait for a thread; then all are answered."""
    many = _work.MOST_THREADS + 18
    with Gate(replica, r"\.zip", 10_000) as gate:
        manager = desk.manager(vision_url=gate.url)

        async def main():
            days = [f"2024-{1 + i // 28:02}-{1 + i % 28:02}" for i in range(many)]
            tasks = [asyncio.ensure_future(manager.get_data("ETHUSDT", **ask("1h", day, f"{day}T23:00"))) for day in days]
            await until_true(lambda: gate.waiting)
            warm = asyncio.ensure_future(asyncio.sleep(0, "the loop is free"))
            assert await warm and not any(task.done() for task in tasks)
            gate.open()
            return await asyncio.gather(*tasks)

        assert [len(df) for df in asyncio.run(main())] == [24] * many


# -- cancellation ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("fault", [dict(kind="hang"), dict(kind="drip", bytes_per_second=10)], ids=lambda f: f["kind"])
@pytest.mark.parametrize("method", METHODS)
def test_a_cancelled_task_ends_its_work_soon(desk, replica, method, fault):
    """Left alone, it would take an hour: all threads are idle again before the test's time-out."""
    manager = desk.manager(rest_client=desk.rest(request_timeout=timedelta(hours=1)))
    replica.fault(match=PAGES, **fault)

    async def main():
        coroutine = getattr(manager, method)("ETHUSDT", **DAY, enforce_source="rest")
        task = asyncio.ensure_future(coroutine)
        await until_true(lambda: replica_has("/klines", replica))
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    asyncio.run(main())
    until_idle()
    desk.assert_sound()


def test_a_wait_for_the_rate_limit_is_cancelled_too(desk, strict):
    strict.fault(match=PAGES, kind="status", status=429, retry_after="100")
    manager = desk.manager(rest_url=strict.url)

    async def main():
        task = asyncio.ensure_future(manager.get_data("ETHUSDT", **DAY, enforce_source="rest"))
        await until_true(lambda: replica_has("/klines", strict))
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    asyncio.run(main())


def test_what_was_cancelled_can_be_asked_again(desk, manager, replica):
    fault = replica.fault(match=r"\.zip$", kind="drip", bytes_per_second=500)

    async def main():
        task = asyncio.ensure_future(manager.get_data("ETHUSDT", **DAY))
        await until_true(lambda: replica_has(".zip", replica))
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        replica.clear()
        return await manager.get_data("ETHUSDT", **DAY)

    assert fault
    assert_same(asyncio.run(main()), truth(replica, "ETHUSDT"))
    desk.assert_sound()


def test_a_cancelled_repair_and_refresh_end_too(desk, manager, replica):
    manager.get_data_sync("ETHUSDT", **DAY, enforce_source="rest")
    replica.clear_log()
    replica.fault(match="/data/|prefix=", kind="hang")

    async def main():
        task = asyncio.ensure_future(manager.refresh("ETHUSDT", "1m"))
        await until_true(lambda: replica.log())
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    asyncio.run(main())
    until_idle()
    assert manager.validate_cache_integrity_sync("ETHUSDT", "1m", DAY["start_time"]) == (True, None)
    desk.assert_sound()


def test_a_time_out_ends_the_work(manager, replica):
    replica.fault(match=PAGES, kind="hang")

    async def main():
        async with asyncio.timeout(None) as timeout:
            task = asyncio.ensure_future(until_true(lambda: replica_has("/klines", replica)))
            task.add_done_callback(lambda _: timeout.reschedule(asyncio.get_running_loop().time()))
            await manager.get_data("ETHUSDT", **DAY, enforce_source="rest")

    with pytest.raises(TimeoutError):
        asyncio.run(main())


def test_one_of_many_is_cancelled_and_the_others_are_not(manager, replica):
    """Also where they wait for the same month."""
    replica.fault(match=r"\.zip$", kind="latency", ms=100)

    async def main():
        tasks = [asyncio.ensure_future(manager.get_data("ETHUSDT", **DAY)) for _ in range(5)]
        await until_true(lambda: replica_has(".zip", replica))
        tasks[2].cancel()
        return await asyncio.gather(*tasks, return_exceptions=True)

    results = asyncio.run(main())
    assert isinstance(results.pop(2), asyncio.CancelledError)
    assert [len(df) for df in results] == [1440] * 4


def test_work_that_waits_for_a_thread_is_cancelled_before_it_began(desk, replica):
    many = _work.MOST_THREADS + 5
    replica.fault(match=PAGES, kind="hang")
    manager = desk.manager()

    async def main():
        tasks = [asyncio.ensure_future(manager.get_data("ETHUSDT", **DAY, enforce_source="rest")) for _ in range(many)]
        await until_true(lambda: replica_has("/klines", replica))
        for task in tasks:
            task.cancel()
        results = await asyncio.gather(*tasks, return_exceptions=True)
        assert all(isinstance(result, asyncio.CancelledError) for result in results)

    asyncio.run(main())
    until_idle()
    assert len(replica.log("/klines")) < many


# -- closing -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("how", ["aclose", "close", "with"])
def test_closing_with_work_under_way(desk, replica, how):
    replica.fault(match=PAGES, kind="hang")
    manager = desk.manager()

    async def main():
        task = asyncio.ensure_future(manager.get_data("ETHUSDT", **DAY, enforce_source="rest"))
        async with manager if how == "with" else contextlib.nullcontext():
            await until_true(lambda: replica_has("/klines", replica))
            if how == "aclose":
                await manager.aclose()
            elif how == "close":
                manager.close()
        if how != "close":
            assert not any(work.is_under_way for work in _work._workers._running), "aclose waits for what is ending"
        with pytest.raises(Cancelled):
            await task
        with pytest.raises(RuntimeError, match="is closed"):
            await manager.get_data("ETHUSDT", **DAY)

    asyncio.run(main())
    desk.assert_sound()


@pytest.mark.parametrize("how", ["aclose", "with", "an error inside", "a request that failed"])
def test_closing_leaves_nothing_that_the_loop_complains_about(desk, replica, how):
    """What ended is told to who asked for it: "Future exception was never retrieved" is not for anybody."""
    replica.fault(match=PAGES, kind="hang")
    manager = desk.manager()
    told = []

    async def work():
        tasks = [asyncio.ensure_future(manager.get_data("ETHUSDT", **DAY, enforce_source="rest")) for _ in range(3)]
        if how == "aclose":
            await until_true(lambda: replica_has("/klines", replica))
            await manager.aclose()
        elif how == "a request that failed":
            with pytest.raises(OfflineMiss):
                async with manager:
                    await until_true(lambda: replica_has("/klines", replica))
                    await asyncio.gather(*tasks, manager.get_data("ETHUSDT", **DAY, enforce_source="cache"))
        else:
            with contextlib.suppress(ZeroDivisionError):
                async with manager:
                    await until_true(lambda: replica_has("/klines", replica))
                    if how == "an error inside":
                        raise ZeroDivisionError
        results = await asyncio.gather(*tasks, return_exceptions=True)
        assert {type(result) for result in results} == {Cancelled}

    async def main():
        asyncio.get_running_loop().set_exception_handler(lambda loop, context: told.append(context["message"]))
        await work()
        gc.collect()
        await asyncio.sleep(0)

    asyncio.run(main())
    gc.collect()
    assert told == []


def test_closing_ends_what_waits_for_a_thread(desk, replica):
    replica.fault(match=PAGES, kind="hang")
    manager = desk.manager()

    async def main():
        tasks = [asyncio.ensure_future(manager.get_data("ETHUSDT", **DAY, enforce_source="rest")) for _ in range(_work.MOST_THREADS + 5)]
        await until_true(lambda: replica_has("/klines", replica))
        await manager.aclose()
        return await asyncio.gather(*tasks, return_exceptions=True)

    results = asyncio.run(main())
    assert {(type(result), str(result)) for result in results} == {(Cancelled, "this DataSourceManager was closed")}


def test_closing_one_manager_does_not_touch_another(desk, replica):
    replica.fault(match=r"\.zip$", kind="latency", ms=100)
    one, other = desk.manager(), desk.manager()

    async def main():
        task = asyncio.ensure_future(other.get_data("ETHUSDT", **DAY))
        await until_true(lambda: replica_has(".zip", replica))
        await one.aclose()
        return await task

    assert len(asyncio.run(main())) == 1440


def test_closing_from_another_thread_ends_a_call_that_waits(desk, replica):
    replica.fault(match=PAGES, kind="hang")
    manager = desk.manager()
    with ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(manager.get_data_sync, "ETHUSDT", **DAY, enforce_source="rest")
        until(lambda: replica_has("/klines", replica))
        manager.close()
        with pytest.raises(Cancelled):
            waiting.result()


# -- loops -------------------------------------------------------------------------------------------------------------


def test_the_twins_work_inside_of_a_running_loop(manager, replica):
    async def main():
        df = manager.get_data_sync("ETHUSDT", **DAY)
        assert_same(df, await manager.get_data("ETHUSDT", **DAY))
        assert manager.get_table_sync("ETHUSDT", **DAY).equals(await manager.get_table("ETHUSDT", **DAY))
        assert manager.plan_sync("ETHUSDT", **DAY) == await manager.plan("ETHUSDT", **DAY)
        date = DAY["start_time"]
        assert manager.validate_cache_integrity_sync("ETHUSDT", "1m", date) == await manager.validate_cache_integrity("ETHUSDT", "1m", date)
        return df

    assert len(asyncio.run(main())) == 1440


def test_two_loops_in_two_threads_share_a_manager(manager, replica):
    start = threading.Barrier(2)

    def loop(day):
        async def main():
            start.wait()
            return await asyncio.gather(*(manager.get_data(symbol, **ask("1m", day, f"{day}T23:59")) for symbol in ("ETHUSDT", "BNBUSDT")))

        return asyncio.run(main())

    with ThreadPoolExecutor(2) as pool:
        one, other = pool.map(loop, ["2024-03-04", "2024-03-05"])
    for frames, day in ((one, "2024-03-04"), (other, "2024-03-05")):
        for symbol, df in zip(("ETHUSDT", "BNBUSDT"), frames):
            assert_same(df, truth(replica, symbol, "1m", day, f"{day}T23:59"))


def test_one_manager_outlives_its_loops(manager):
    frames = [asyncio.run(manager.get_data("ETHUSDT", **DAY)) for _ in range(3)]
    for df in frames:
        assert_same(df, frames[0])


def test_a_task_group_ends_its_other_tasks_when_one_fails(manager, replica):
    replica.fault(match=PAGES, kind="hang")

    async def main():
        async with asyncio.TaskGroup() as group:
            group.create_task(manager.get_data("ETHUSDT", **DAY, enforce_source="rest"))
            await until_true(lambda: replica_has("/klines", replica))
            group.create_task(manager.get_data("ETHUSDT", **DAY, enforce_source="cache"))

    with pytest.raises(ExceptionGroup) as caught:
        asyncio.run(main())
    assert [type(error).__name__ for error in caught.value.exceptions] == ["OfflineMiss"]


def test_a_bad_request_fails_when_it_is_awaited_and_starts_no_work(manager, replica):
    async def main():
        coroutine = manager.get_data("ETHUSDT", **DAY | {"interval": "1x"})
        with pytest.raises(ValueError):
            await coroutine

    asyncio.run(main())
    assert replica.log() == []
