"""What the package says is said in its user's words: of the method that was called, and of a cache that keeps nothing."""

from __future__ import annotations

import asyncio
import warnings

import pytest
from python_support import ask, utc

import klinekeep
from klinekeep import CacheWarning, EnhancedRetriever, InvalidRequest, VisionDataClient

DAY = ask("1h", "2024-03-04", "2024-03-04T23:00")
METHODS = ["get_data", "get_table", "get_result", "get_stream", "plan"]


# -- wrong keywords ------------------------------------------------------------------------------------------------------------


def call(name, sync, manager, /, **keywords):
    if sync:
        return getattr(manager, f"{name}_sync")("BTCUSDT", **keywords)

    async def main():
        return await getattr(manager, name)("BTCUSDT", **keywords)

    return asyncio.run(main())


@pytest.mark.parametrize("sync", [False, True])
@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize(
    "keywords, told",
    [
        (dict(start_time=utc("2024-03-04")), "missing 1 required keyword-only argument: 'end_time'"),
        (dict(), "missing 2 required keyword-only arguments: 'start_time' and 'end_time'"),
        (DAY | dict(colums=["close"]), "got an unexpected keyword argument 'colums'"),
        (DAY | dict(market="um"), "got an unexpected keyword argument 'market'"),
        (DAY | dict(method="x"), "got an unexpected keyword argument 'method'"),
    ],
)
def test_wrong_keywords_are_told_of_the_method_that_was_called(manager, method, sync, keywords, told):
    with pytest.raises(TypeError) as caught:
        call(method, sync, manager, **keywords)
    assert str(caught.value) == f"DataSourceManager.{method}{'_sync' if sync else ''}() {told}"


@pytest.mark.parametrize("kind, other", [(EnhancedRetriever, "accept_unverified"), (VisionDataClient, "include_open")])
@pytest.mark.parametrize("name", ["fetch", "fetch_sync"])
def test_keywords_of_the_other_client_are_refused_by_both_faces(kind, other, name):
    with pytest.raises(TypeError, match=rf"{kind.__name__}\.{name}\(\) got an unexpected keyword argument '{other}'"):
        getattr(kind(), name)("spot", "BTCUSDT", "1h", utc("2024-03-04"), utc("2024-03-05"), **{other: True})


# -- a cache that cannot be written ------------------------------------------------------------------------------------------------


@pytest.fixture
def unusable(home):
    (home / "file").write_text("in the way")
    return home / "file/cache"


@pytest.mark.parametrize("sync", [False, True])
@pytest.mark.parametrize("method", METHODS[:-1])
def test_a_cache_that_cannot_be_used_is_warned_of_once_a_request(desk, unusable, method, sync):
    manager = desk.manager(cache_dir=unusable)
    for _ in range(2):
        with warnings.catch_warnings(record=True) as told:
            warnings.simplefilter("always")
            call(method, sync, manager, **DAY)
        (warning,) = told
        assert warning.category is CacheWarning and str(warning.message).startswith("the cache could not be used: ")
        assert str(unusable.parent) in str(warning.message) and warning.filename == __file__


def test_the_report_has_it_too_and_warnings_can_be_errors(desk, unusable):
    manager = desk.manager(cache_dir=unusable)
    with pytest.warns(CacheWarning):
        report = manager.get_result_sync("BTCUSDT", **DAY).report
    assert str(unusable.parent) in report.cache_failure and report.rows == 24
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        with pytest.raises(CacheWarning):
            manager.get_data_sync("BTCUSDT", **DAY)


def test_a_cache_without_a_place_is_warned_of(desk, monkeypatch):
    for name in ("HOME", "XDG_CACHE_HOME"):
        monkeypatch.setenv(name, "")
    with pytest.warns(CacheWarning, match="no place for the cache"):
        desk.manager(cache_dir=None).get_data_sync("BTCUSDT", **DAY)


def test_nobody_is_warned_of_a_cache_that_is_well_or_not_wanted(desk, unusable):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert desk.manager().get_result_sync("BTCUSDT", **DAY).report.cache_failure is None
        desk.manager(cache_dir=unusable).get_data_sync("BTCUSDT", use_cache=False, **DAY)
        desk.manager(cache_dir=unusable, use_cache=False).get_data_sync("BTCUSDT", **DAY)


# -- words -------------------------------------------------------------------------------------------------------------------------


def test_articles_numbers_and_plurals(desk, manager):
    with pytest.raises(InvalidRequest, match="it is an Interval or one of"):
        manager.get_data_sync("BTCUSDT", **DAY | dict(interval="7m"))
    with pytest.raises(TypeError, match="must be an Interval or one of"):
        manager.get_data_sync("BTCUSDT", **DAY | dict(interval=7))
    with pytest.raises(InvalidRequest, match=f"cache_max_size must be from 0 to {2**63 - 1}, not -1"):
        desk.manager(cache_max_size=-1)
    hour = ask("1h", "2024-03-04", "2024-03-04", enforce_source="rest")
    assert repr(manager.plan_sync("BTCUSDT", **hour)).startswith("<klinekeep plan: 1 step, 1 request, about ")
    report = manager.get_result_sync("BTCUSDT", **hour).report
    assert ", 1 row, complete>" in repr(report) and "(1 request, " in repr(report)


def test_to_prune_by_nothing_is_refused(manager):
    with pytest.raises(InvalidRequest, match="give one of the two"):
        manager.cache.prune()


def test_the_warning_is_in_both_modules():
    assert klinekeep.CacheWarning is klinekeep.errors.CacheWarning and issubclass(CacheWarning, UserWarning)
