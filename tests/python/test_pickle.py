"""Managers and clients pickle by their options: joblib, dask and multiprocessing hand them to other processes."""

import copy
import inspect
import os
import pickle
import threading
from datetime import UTC, datetime, timedelta

import pytest
from python_support import ask, assert_same, truth

from klinekeep import DataSourceManager, EnhancedRetriever, InvalidRequest, OfflineMiss, UnifiedCacheManager, VisionDataClient

DAY = ask("1m", "2024-03-04", "2024-03-04T23:59")
WAYS = [copy.copy, copy.deepcopy, *(lambda each, p=p: pickle.loads(pickle.dumps(each, p)) for p in range(pickle.HIGHEST_PROTOCOL + 1))]


def a_clock() -> datetime:
    return datetime(2024, 3, 6, tzinfo=UTC)


@pytest.mark.parametrize("again", WAYS)
def test_a_manager_works_on_when_it_comes_back(desk, manager, replica, again):
    first = manager.get_data_sync("ETHUSDT", **DAY)
    other = again(manager)
    assert other is not manager and repr(other) == repr(manager) and other.market_type is manager.market_type
    replica.clear_log()
    assert_same(other.get_data_sync("ETHUSDT", **DAY), first)
    assert replica.log() == [], "it is the same cache"
    other.close()
    assert_same(manager.get_data_sync("ETHUSDT", **DAY), first)


@pytest.mark.parametrize("again", WAYS)
def test_its_options_come_with_it(desk, replica, again):
    manager = again(
        DataSourceManager(
            "um",
            desk.rest(parallel=2, request_timeout=timedelta(seconds=7)),
            desk.vision(),
            desk.cache_dir,
            use_cache=True,
            clock=a_clock,
            request_cost=7,
            cache_max_size=2**40,
            cache_max_age=timedelta(days=9),
            upstream="binance",
        )
    )
    assert manager._options | {"rest_client": None, "vision_client": None} == {
        "market_type": "um",
        "rest_client": None,
        "vision_client": None,
        "cache_dir": str(desk.cache_dir),
        "use_cache": True,
        "clock": a_clock,
        "request_cost": 7,
        "rest_factor": 4,
        "cache_max_size": 2**40,
        "cache_max_age": timedelta(days=9),
        "upstream": "binance",
    }
    assert manager._options["rest_client"]._options["request_timeout"] == timedelta(seconds=7)
    with pytest.raises(InvalidRequest, match="future"):  # of its clock
        manager.get_data_sync("ETHUSDT", **ask("1h", "2024-03-06", "2024-03-06T01:00"))
    manager.close()


@pytest.mark.parametrize("kind", [DataSourceManager, EnhancedRetriever, VisionDataClient, UnifiedCacheManager])
def test_no_option_is_left_behind(kind):
    assert set(kind()._options) == set(inspect.signature(kind).parameters)


@pytest.mark.parametrize("again", WAYS)
def test_it_is_of_the_same_exchange(desk, again):
    rest = again(desk.rest(upstream="mine"))
    manager = again(desk.manager(rest_client=rest, vision_client=desk.vision(upstream="mine"), upstream="mine"))
    assert rest.upstream == manager.upstream == "mine"
    manager.close()


def test_a_relative_directory_is_that_of_where_it_was_made(monkeypatch, home):
    (home / "elsewhere").mkdir()
    monkeypatch.chdir(home)
    cache, manager = UnifiedCacheManager("kept"), DataSourceManager(cache_dir="kept")
    rest = EnhancedRetriever(ca_file="some.pem")
    texts = [pickle.dumps(each) for each in (cache, manager, rest)]
    monkeypatch.chdir(home / "elsewhere")
    cache, manager, rest = map(pickle.loads, texts)
    assert cache.directory == manager.cache.directory == home / "kept"
    assert rest._options["ca_file"] == str(home / "some.pem")


def test_what_was_not_said_is_understood_where_it_arrives(monkeypatch, home):
    """As on another machine, with a cache home of its own."""
    monkeypatch.setenv("KLINEKEEP_CACHE_DIR", str(home / "here"))
    text = pickle.dumps(DataSourceManager())
    monkeypatch.setenv("KLINEKEEP_CACHE_DIR", str(home / "there"))
    assert pickle.loads(text).cache.directory == home / "there"


def test_clients_and_the_cache_pickle_alone(desk, manager, replica):
    manager.get_data_sync("ETHUSDT", **DAY)
    window = ("spot", "ETHUSDT", "1h", datetime(2024, 3, 4), datetime(2024, 3, 4, 5))
    for client in (desk.rest(), desk.vision()):
        other = pickle.loads(pickle.dumps(client))
        assert other.fetch_sync(*window, partial=True).report.rows == client.fetch_sync(*window, partial=True).report.rows
    (entry,) = pickle.loads(pickle.dumps(manager.cache)).list()
    assert entry.rows == 1440


def test_a_closed_one_comes_back_open_and_one_at_work_is_not_disturbed(desk, replica):
    manager = desk.manager()
    manager.close()
    assert len(pickle.loads(pickle.dumps(manager)).get_data_sync("ETHUSDT", **DAY)) == 1440
    busy = desk.manager()
    started = threading.Barrier(2)

    def ask_at_the_same_time():
        started.wait()
        busy.get_data_sync("ETHUSDT", **ask("1m", "2024-03-05", "2024-03-05T23:59"))

    thread = threading.Thread(target=ask_at_the_same_time)
    thread.start()
    started.wait()
    pickle.loads(pickle.dumps(busy)).close()
    thread.join()
    assert len(busy.cache.list()) == 1


def test_a_clock_that_does_not_pickle_is_told_by_pickle(desk):
    manager = desk.manager(clock=lambda: a_clock())
    with pytest.raises((pickle.PicklingError, AttributeError), match="lambda"):
        pickle.dumps(manager)


class Named(DataSourceManager):
    """A subclass with arguments of its own."""

    def __init__(self, desk):
        super().__init__("spot", desk.rest(), desk.vision(), desk.cache_dir)


def test_a_subclass_stays_one(desk):
    other = pickle.loads(pickle.dumps(Named(desk)))
    assert type(other) is Named and os.fspath(other.cache.directory) == os.fspath(desk.cache_dir)
    with pytest.raises(OfflineMiss):
        other.get_data_sync("ETHUSDT", **DAY, enforce_source="cache")


def test_rows_are_the_truth_on_the_other_side(desk, replica):
    other = pickle.loads(pickle.dumps(desk.manager()))
    assert_same(other.get_data_sync("ETHUSDT", **DAY), truth(replica, "ETHUSDT"))
