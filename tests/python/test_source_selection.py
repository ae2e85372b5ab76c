"""Source selection: AUTO's choice, enforced sources, fallback, the threshold of size."""

from datetime import timedelta

import pytest
from cache_support import asked, files_asked, shape
from python_support import INTERVAL, NOBODY, SYMBOL, TEST_WINDOWS, ask, assert_same, truth, utc

from klinekeep import DataSource, DataSourceManager, IncompleteData, Interval, OfflineMiss, SourceUnavailable

END = utc("2024-03-15T12:00")
DAY = ask("1h", "2024-03-04", "2024-03-04T23:00")
OTHER = {"rest": "vision", "vision": "rest"}


def touched(replica) -> set[str]:
    return {"vision" if "/data/" in e["target"] or "prefix=" in e["target"] else "rest" for e in replica.log()}


# -- auto --------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("window, expected", list(zip(TEST_WINDOWS, [{"rest": 1}, {"daily": 1}, {"daily": 2}])))
def test_auto_takes_the_cheapest_source_for_each_window(manager, replica, window, expected):
    df = manager.get_data_sync(SYMBOL, interval=INTERVAL, start_time=END - window, end_time=END)
    assert shape(replica) == expected
    assert_same(df, truth(replica, SYMBOL, "1s", END - window, END))
    source = "rest" if "rest" in expected else "vision"
    assert df.attrs["klinekeep"]["rows_by_source"] == {source: len(df)}


@pytest.mark.parametrize(
    "market, symbol, interval, start, end, expected",
    [
        ("spot", "ETHUSDT", "1m", "2024-03-04", "2024-03-06T23:59", {"daily": 3}),
        ("spot", "ETHUSDT", "1h", "2024-01-01", "2024-03-31T23:00", {"monthly": 3}),
        ("spot", "ETHUSDT", "1d", "2023-01-01", "2023-12-31", {"rest": 1}),
        ("um", "ETHUSDT", "1m", "2024-03-04", "2024-03-04T23:59", {"daily": 1}),
        ("cm", "ETHUSD_PERP", "1h", "2024-03-01", "2024-03-31T23:00", {"monthly": 1}),
        ("cm", "ETHUSD_PERP", "1d", "2023-01-01", "2023-12-31", {"rest": 2}),
    ],
)
def test_auto_in_all_markets(desk, replica, market, symbol, interval, start, end, expected):
    df = desk.manager(market).get_data_sync(symbol, **ask(interval, start, end))
    assert shape(replica) == expected
    assert_same(df, truth(replica, symbol, interval, start, end, market))


def test_recent_data_comes_from_rest(manager, desk, replica):
    """The first example of the interface that klinekeep was made after: the last hour."""
    now = desk.clock.now
    df = manager.get_data_sync(symbol="BTCUSDT", start_time=now - timedelta(hours=1), end_time=now)
    assert touched(replica) == {"rest"}
    assert_same(df, truth(replica, "BTCUSDT", "1s", now - timedelta(hours=1), now - timedelta(seconds=1)))


def test_the_archives_delay_decides_what_is_asked_of_it(desk, manager, replica):
    """VISION_DATA_DELAY_HOURS after its day is over, a file is asked for."""
    two_days = ask("1m", "2026-09-22", "2026-09-23T23:59")
    plan = manager.plan_sync("ETHUSDT", **two_days)
    assert ["daily file" in step.action for step in plan.steps][0]
    desk.set_now("2026-09-24T11:59:59")
    assert not any("file" in step.action for step in manager.plan_sync("ETHUSDT", **two_days).steps)


def test_the_constants_of_the_class_are_the_interfaces_and_those_that_hold(desk, replica):
    assert (DataSourceManager.VISION_DATA_DELAY_HOURS, DataSourceManager.REST_CHUNK_SIZE, DataSourceManager.REST_MAX_CHUNKS) == (36, 1000, 10)

    class Patient(DataSourceManager):
        VISION_DATA_DELAY_HOURS = 24 * 4000

    desk_manager = Patient(rest_client=desk.rest(), vision_client=desk.vision(), cache_dir=desk.cache_dir, clock=desk.clock)
    with desk_manager as manager:
        manager.get_data_sync("ETHUSDT", **DAY)
    assert touched(replica) == {"rest"}


@pytest.mark.parametrize("points, source", [(10_000, "rest"), (10_001, "vision")])
def test_the_threshold_of_size(manager, points, source):
    """REST_CHUNK_SIZE * REST_MAX_CHUNKS: 6h over seven years are ten cheap pages, or more than eighty files."""
    start = utc("2018-01-01")
    end = start + (points - 1) * timedelta(hours=6)
    plan = manager.plan_sync("ETHUSDT", interval=Interval.HOUR_6, start_time=start, end_time=end)
    files = [step for step in plan.steps if step.action.startswith("monthly file")]
    assert len(files) == (0 if source == "rest" else 83)


def test_the_threshold_is_of_what_is_missing(manager, replica):
    start = utc("2018-01-01")
    year = ask("6h", "2018-01-01", "2018-06-30T18:00")
    manager.get_data_sync("ETHUSDT", **year)
    end = start + 10_300 * timedelta(hours=6)
    plan = manager.plan_sync("ETHUSDT", interval="6h", start_time=start, end_time=end)
    assert plan.requests == 10 and not any("file" in step.action for step in plan.steps)


def test_weights_of_the_sources_are_the_callers(desk, replica):
    """Days that REST serves in one page come from the archive where REST is dear; a day that a file serves, from REST where it is free."""
    desk.manager(rest_factor=1000, cache_dir=desk.home / "a").get_data_sync("ETHUSDT", **ask("1d", "2024-03-01", "2024-03-20"))
    assert touched(replica) == {"vision"}
    replica.clear_log()
    desk.manager(rest_factor=0, cache_dir=desk.home / "b").get_data_sync("ETHUSDT", **DAY)
    assert touched(replica) == {"rest"}


# -- enforced ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("source", ["rest", "vision"])
@pytest.mark.parametrize("market, symbol", [("spot", "ETHUSDT"), ("um", "ETHUSDT"), ("cm", "ETHUSD_PERP")])
def test_an_enforced_source_needs_no_other(desk, replica, market, symbol, source):
    manager = desk.manager(market, **{f"{OTHER[source]}_url": NOBODY})
    df = manager.get_data_sync(symbol, **DAY, enforce_source=source)
    assert touched(replica) == {source}
    assert_same(df, truth(replica, symbol, "1h", "2024-03-04", "2024-03-04T23:00", market))


@pytest.mark.parametrize("window", TEST_WINDOWS)
def test_historical_data_with_vision(manager, replica, window):
    """Its second example."""
    df = manager.get_data_sync(symbol="BTCUSDT", start_time=END - window, end_time=END, enforce_source=DataSource.VISION)
    assert touched(replica) == {"vision"}
    assert len(df) == window // timedelta(seconds=1) + 1


@pytest.mark.parametrize("source, url", [("rest", "rest_url"), ("vision", "vision_url")])
def test_an_enforced_source_that_is_dead_is_not_replaced(desk, replica, source, url):
    with pytest.raises(SourceUnavailable) as caught:
        desk.manager(**{url: NOBODY}).get_data_sync("ETHUSDT", **DAY, enforce_source=source)
    assert asked(replica) == []
    (missing,) = caught.value.missing
    assert (missing.start, missing.end, missing.cause) == (DAY["start_time"], DAY["end_time"], "unavailable")


def test_vision_enforced_names_what_the_archive_does_not_have_yet(manager, desk, replica):
    with pytest.raises(IncompleteData) as caught:
        manager.get_data_sync("ETHUSDT", **ask("1m", "2026-09-24T10:00", "2026-09-24T11:00"), enforce_source=DataSource.VISION)
    assert [one.cause for one in caught.value.missing] == ["not_published"]
    assert touched(replica) <= {"vision"}


def test_the_cache_enforced_asks_nobody(desk, replica):
    with pytest.raises(OfflineMiss):
        desk.manager().get_data_sync("ETHUSDT", **DAY, enforce_source=DataSource.CACHE)
    assert asked(replica) == []
    cold = desk.manager().get_data_sync("ETHUSDT", **DAY)
    assert_same(desk.offline().get_data_sync("ETHUSDT", **DAY, enforce_source="cache"), cold)


@pytest.mark.parametrize("first, second", [("rest", "vision"), ("vision", "rest")])
def test_the_other_sources_rows_do_not_answer_until_they_were_compared(manager, replica, first, second):
    one = manager.get_data_sync("ETHUSDT", **DAY, enforce_source=first)
    replica.clear_log()
    two = manager.get_data_sync("ETHUSDT", **DAY, enforce_source=second)
    assert touched(replica) == {second}
    assert_same(two, one)
    replica.clear_log()
    manager.get_data_sync("ETHUSDT", **DAY, enforce_source=second)
    assert asked(replica) == []


# -- fallback ----------------------------------------------------------------------------------------------------------


def test_a_dead_archive_falls_back_to_rest(desk, replica):
    df = desk.manager(vision_url=NOBODY).get_data_sync("ETHUSDT", **DAY)
    assert_same(df, truth(replica, "ETHUSDT", "1h", "2024-03-04", "2024-03-04T23:00"))
    assert df.attrs["klinekeep"]["rows_by_source"] == {"rest": 24}


def test_a_day_that_the_archive_lacks_comes_from_rest(manager, replica):
    replica.fault(match=r"ETHUSDT-1m-2024-03(-05)?\.zip", kind="missing")
    df = manager.get_data_sync("ETHUSDT", **ask("1m", "2024-03-04", "2024-03-06T23:59"))
    assert df.attrs["klinekeep"]["rows_by_source"] == {"vision": 2880, "rest": 1440}
    assert_same(df, truth(replica, "ETHUSDT", "1m", "2024-03-04", "2024-03-06T23:59"))


def test_a_file_that_is_not_to_be_believed_falls_back(manager, replica):
    replica.fault(match=r"/data/.*\.zip$", kind="corrupt_zip", flip=8)
    df = manager.get_data_sync("ETHUSDT", **DAY)
    assert_same(df, truth(replica, "ETHUSDT", "1h", "2024-03-04", "2024-03-04T23:00"))
    assert df.attrs["klinekeep"]["rows_by_source"] == {"rest": 24}


def test_a_dead_rest_leaves_what_the_archive_has(desk, replica):
    df = desk.manager(rest_url=NOBODY).get_data_sync("ETHUSDT", **DAY)
    assert touched(replica) == {"vision"} and len(df) == 24


def test_when_both_are_dead_the_cache_still_answers(desk):
    cold = desk.manager().get_data_sync("ETHUSDT", **DAY)
    dead = desk.offline()
    assert_same(dead.get_data_sync("ETHUSDT", **DAY), cold)
    with pytest.raises(SourceUnavailable):
        dead.get_data_sync("ETHUSDT", **ask("1h", "2024-03-06", "2024-03-06T01:00"))


def test_another_rest_host_is_tried(desk, replica):
    client = desk.rest([NOBODY, replica.url])
    df = desk.manager(rest_client=client).get_data_sync("ETHUSDT", **DAY, enforce_source=DataSource.REST)
    assert len(df) == 24


# -- plan --------------------------------------------------------------------------------------------------------------


def test_the_plan_says_what_get_does(manager, replica):
    days = ask("1m", "2024-03-04", "2024-03-07T23:59")
    plan = manager.plan_sync("ETHUSDT", **days)
    assert asked(replica) == [] and plan.missing == ()
    df = manager.get_data_sync("ETHUSDT", **days)
    assert plan.requests == df.attrs["klinekeep"]["requests"] == len(asked(replica))
    names = {name[len("ETHUSDT-1m-") : -len(".zip")] for name in files_asked(replica)}
    assert names == {step.action.split()[-1] for step in plan.steps if step.action.startswith("daily file ")}
    assert [step.start for step in plan.steps] == sorted(step.start for step in plan.steps)
    assert all(step.reason and step.requests and step.json.startswith("{") for step in plan.steps)
    assert "daily file 2024-03-04" in repr(plan)
    warm = manager.plan_sync("ETHUSDT", **days)
    assert (warm.steps, warm.requests, warm.bytes) == ((), 0, 0)
    assert repr(warm) == "<klinekeep plan: nothing to ask>"


def test_the_plan_of_the_cache_alone_names_what_it_lacks(manager):
    plan = manager.plan_sync("ETHUSDT", **DAY, enforce_source="cache")
    assert plan.steps == () and [one.cause for one in plan.missing] == ["offline"]
    assert "missing 2024-03-04T00:00:00Z to 2024-03-04T23:00:00Z" in repr(plan)
