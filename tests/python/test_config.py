"""KLINEKEEP_… and the config file give defaults; what the constructor is given goes over them; what cannot be is named."""

from datetime import timedelta
from pathlib import Path

import pytest
from python_support import NOBODY, ask, utc

from klinekeep import CacheError, CacheWarning, DataSourceManager, EnhancedRetriever, InvalidRequest, SourceUnavailable, UnifiedCacheManager, VisionDataClient

HOURS = ask("1h", "2024-03-04", "2024-03-04T23:00")
NOW = "2026-09-24T12:00:00Z"


@pytest.fixture
def config(home):
    def write(text: str) -> None:
        path = home / "config/klinekeep/config.toml"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)

    return write


def set_up(how: str, monkeypatch, config, **settings) -> None:
    if how == "environment":
        for name, value in settings.items():
            monkeypatch.setenv(f"KLINEKEEP_{name.upper()}", value)
    else:
        config("".join(f'{name} = "{value}"\n' for name, value in settings.items()))


HOW = pytest.mark.parametrize("how", ["environment", "file"])


@HOW
def test_they_are_the_defaults(monkeypatch, config, home, replica, how):
    set_up(how, monkeypatch, config, rest_url=replica.url, vision_url=replica.url, cache_dir=str(home / "there"), now=NOW)
    manager = DataSourceManager()
    assert manager.cache.directory == home / "there" == UnifiedCacheManager().directory
    for source in ("rest", "vision"):
        assert len(manager.get_data_sync("ETHUSDT", **HOURS, enforce_source=source)) == 24
    with pytest.raises(InvalidRequest, match="is in the future"):
        manager.get_data_sync("ETHUSDT", interval="1h", start_time=utc("2026-09-24"), end_time=utc("2026-09-24T12:00:01"))
    assert EnhancedRetriever().fetch_sync("spot", "ETHUSDT", "1h", utc("2024-03-04"), utc("2024-03-04")).table.num_rows == 1
    assert VisionDataClient().fetch_sync("spot", "ETHUSDT", "1h", utc("2024-03-04"), utc("2024-03-04")).table.num_rows == 1


@HOW
def test_the_constructor_goes_over_them(monkeypatch, config, desk, home, replica, how):
    set_up(how, monkeypatch, config, rest_url=NOBODY, vision_url=NOBODY, cache_dir=str(home / "there"), now="2020-01-01T00:00:00Z")
    with pytest.raises(InvalidRequest, match="is in the future"):
        DataSourceManager().get_data_sync("ETHUSDT", **HOURS)
    manager = desk.manager(cache_dir=home / "here")
    assert len(manager.get_data_sync("ETHUSDT", **HOURS)) == 24
    assert manager.cache.directory == home / "here" and not (home / "there").exists()
    assert UnifiedCacheManager(str(home / "here")).list() != ()
    with pytest.raises(SourceUnavailable):
        DataSourceManager(clock=desk.clock).get_data_sync("ETHUSDT", **HOURS)


def test_the_environment_goes_over_the_file(monkeypatch, config, home):
    config(f'cache_dir = "{home / "file"}"\n')
    assert UnifiedCacheManager().directory == home / "file"
    monkeypatch.setenv("KLINEKEEP_CACHE_DIR", str(home / "environment"))
    assert UnifiedCacheManager().directory == DataSourceManager().cache.directory == home / "environment"


def test_without_any_the_cache_is_in_the_cache_home(monkeypatch, home):
    assert UnifiedCacheManager().directory == DataSourceManager().cache.directory == home / "cache/klinekeep"
    monkeypatch.delenv("XDG_CACHE_HOME")
    assert UnifiedCacheManager().directory == home / ".cache/klinekeep"
    assert not (home / "cache").exists()


def test_without_a_place_for_the_cache_answers_come_all_the_same(monkeypatch, desk):
    for name in ("HOME", "XDG_CACHE_HOME"):
        monkeypatch.delenv(name)
    manager = desk.manager(cache_dir=None)
    with pytest.warns(CacheWarning, match="no place for the cache"):
        df = manager.get_data_sync("ETHUSDT", **HOURS)
    assert len(df) == 24 and "no cache" in repr(manager)
    for call in (lambda: manager.cache, UnifiedCacheManager):
        with pytest.raises(CacheError, match="no place for the cache"):
            call()


def test_a_manager_keeps_its_directory_whatever_the_environment_becomes(monkeypatch, home):
    monkeypatch.setenv("KLINEKEEP_CACHE_DIR", str(home / "before"))
    manager = DataSourceManager()
    monkeypatch.setenv("KLINEKEEP_CACHE_DIR", str(home / "after"))
    assert manager.cache.directory == home / "before" and str(home / "before") in repr(manager)


@pytest.mark.parametrize("given", ["kept", Path("kept"), Path("./sub/../kept")])
def test_a_relative_directory_is_of_the_working_directory(monkeypatch, home, given):
    monkeypatch.chdir(home)
    manager = DataSourceManager(cache_dir=given)
    monkeypatch.chdir("/")
    assert manager.cache.directory == home / "kept"


@HOW
def test_limits_of_the_cache(monkeypatch, config, desk, manager, how):
    manager.get_data_sync("ETHUSDT", **HOURS)
    (entry,) = manager.cache.list()
    import os

    os.utime(entry.path, (0, 0))
    set_up(how, monkeypatch, config, cache_max_age="30d")
    over = desk.manager(cache_max_age=timedelta(days=36_500))
    over.get_data_sync("ETHUSDT", **ask("1h", "2024-04-04", "2024-04-04T23:00"))
    assert len(manager.cache.list()) == 2
    (desk.cache_dir / "metadata/usage.json").unlink()  # within the hour it would be believed
    desk.manager().get_data_sync("ETHUSDT", **ask("1h", "2024-05-04", "2024-05-04T23:00"))
    assert [entry.month for entry in manager.cache.list()] == [4, 5]


BAD = {
    "KLINEKEEP_NOW": ("yesterdayish", ["manager", "rest", "vision"], "yesterdayish"),
    "KLINEKEEP_REST_URL": ("ftp://x", ["manager", "rest"], "the REST URL"),
    "KLINEKEEP_VISION_URL": ("x y", ["manager", "vision"], "the archive's URL"),
    "KLINEKEEP_UPSTREAM": ("Binance", ["manager", "rest", "vision"], "an upstream cannot be called"),
    "KLINEKEEP_CACHE_MAX_SIZE": ("much", ["manager"], "'much'"),
    "KLINEKEEP_CACHE_MAX_AGE": ("5", ["manager"], "'5'"),
    "KLINEKEEP_KERNELS": ("fast", ["manager", "rest", "vision", "cache"], "'fast' is no choice of kernels"),
    "KLINEKEEP_CACHE_DIR": ("~/x", ["manager", "cache"], "the cache directory cannot be '~/x'"),
}
MAKE = {"manager": DataSourceManager, "rest": EnhancedRetriever, "vision": VisionDataClient, "cache": UnifiedCacheManager}


@pytest.mark.parametrize("name", BAD)
def test_bad_values_of_the_environment_are_invalid_requests_that_name_them(monkeypatch, name):
    value, makers, words = BAD[name]
    monkeypatch.setenv(name, value)
    for maker in makers:
        with pytest.raises(InvalidRequest, match=f"{name}: .*{words}"):
            MAKE[maker]()


@pytest.mark.parametrize(
    "text, words",
    [
        ('rest_urls = "http://x"\n', "rest_urls"),
        ("cache_dir = 5\n", "cache_dir"),
        ("cache_dir = \n", "config.toml"),
        ('cache_max_size = "much"\n', r"config.toml:1 \(cache_max_size\): 'much'"),
        ('cache_max_size = ""\n', "config.toml:1: cache_max_size cannot be empty"),
        ('cache_max_size = "-1"\n', r"config.toml:1 \(cache_max_size\): "),
        ('cache_max_age = "-1s"\n', r"config.toml:1 \(cache_max_age\): "),
        ('cache_max_age = "0.9s"\n', r"config.toml:1 \(cache_max_age\): "),
        ("cache_max_size = -1\n", "cache_max_size"),
        ('vision_url = "x y"\n', r"config.toml:1 \(vision_url\): the archive's URL"),
        ("request_timeout_ms = -1\n", "request_timeout_ms"),
    ],
)
def test_bad_values_of_the_file_name_it_or_the_key(config, text, words):
    config(text)
    with pytest.raises(InvalidRequest, match=words):
        DataSourceManager()


@pytest.mark.parametrize(
    "make, options, words",
    [
        (EnhancedRetriever, dict(base_urls="ftp://x"), "REST URL"),
        (EnhancedRetriever, dict(base_urls=["http://a", "b c"]), "REST URL"),
        (EnhancedRetriever, dict(budget_share=0), "budget_share"),
        (EnhancedRetriever, dict(budget_share=1.01), "budget_share"),
        (EnhancedRetriever, dict(budget_share=float("nan")), "budget_share"),
        (EnhancedRetriever, dict(parallel=0), "parallel"),
        (VisionDataClient, dict(parallel=65), "parallel"),
        (VisionDataClient, dict(base_url="x"), "archive's URL"),
        (VisionDataClient, dict(connect_timeout=timedelta(0)), "connect_timeout"),
        (EnhancedRetriever, dict(request_timeout=timedelta(seconds=-1)), "request_timeout"),
        (DataSourceManager, dict(market_type="bank"), "market_type cannot be 'bank'"),
        (DataSourceManager, dict(cache_dir="~/x"), "~"),
        (DataSourceManager, dict(cache_max_size=-1), "cache_max_size"),
        (DataSourceManager, dict(cache_max_size=-(2**63)), "cache_max_size"),
        (DataSourceManager, dict(cache_max_age=timedelta(seconds=-1)), "cache_max_age"),
        (DataSourceManager, dict(cache_max_age=timedelta(microseconds=-1)), "cache_max_age"),
        (DataSourceManager, dict(cache_max_age=timedelta(milliseconds=900)), "cache_max_age"),
        (DataSourceManager, dict(cache_max_age=timedelta.min), "cache_max_age"),
    ],
)
def test_bad_values_of_constructors(make, options, words):
    with pytest.raises(InvalidRequest, match=words):
        make(**options)


@pytest.mark.parametrize(
    "make, options",
    [
        (EnhancedRetriever, dict(parallel=1.5)),
        (EnhancedRetriever, dict(connect_timeout=5)),
        (EnhancedRetriever, dict(base_urls=[5])),
        (VisionDataClient, dict(base_url=5)),
        (DataSourceManager, dict(market_type=5)),
        (DataSourceManager, dict(cache_dir=5)),
        (DataSourceManager, dict(cache_max_age=5)),
        (DataSourceManager, dict(clock=5)),
    ],
)
def test_values_of_the_wrong_type_are_type_errors(make, options):
    with pytest.raises(TypeError):
        make(**options)


def test_time_outs_of_a_client(desk, replica):
    replica.fault(match="/klines", kind="hang")
    client = desk.rest(request_timeout=timedelta(milliseconds=300))
    with pytest.raises(SourceUnavailable):
        client.fetch_sync("spot", "ETHUSDT", "1h", utc("2024-03-04"), utc("2024-03-04"))


def test_a_proxy_is_asked_in_the_hosts_place(desk, replica):
    client = desk.rest("http://nowhere.invalid", proxy=replica.url)
    with pytest.raises(Exception):
        client.fetch_sync("spot", "ETHUSDT", "1h", utc("2024-03-04"), utc("2024-03-04"))
    assert [entry["target"].startswith("http://nowhere.invalid/") for entry in replica.log()][:1] == [True]
