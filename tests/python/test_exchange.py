"""Which exchange candles are of: named in all parts, and never joined (C11 of the contract). tests/cli/test_upstreams.py has the rest."""

import pickle

import pytest
from python_support import NOBODY, ask

from klinekeep import DataSourceManager, EnhancedRetriever, InvalidRequest, OfflineMiss, UnifiedCacheManager, VisionDataClient

HOURS = ask("1h", "2024-03-04", "2024-03-04T23:00")


@pytest.fixture
def unnamed(monkeypatch):
    monkeypatch.delenv("KLINEKEEP_UPSTREAM")


def after(url: str) -> str:
    return url.removeprefix("http://").replace(":", "_")


def test_it_is_told_wherever_candles_are(desk):
    manager = desk.manager(upstream="mine", rest_client=desk.rest(upstream="mine"), vision_client=desk.vision(upstream="mine"))
    df = manager.get_data_sync("ETHUSDT", **HOURS)
    assert manager.upstream == "mine"
    assert df.attrs["klinekeep"]["upstream"] == df.attrs["klinekeep"].report.upstream == "mine"
    assert "of mine" in repr(df.attrs["klinekeep"])
    assert pickle.loads(pickle.dumps(df.attrs["klinekeep"].report)).upstream == "mine"
    assert manager.plan_sync("ETHUSDT", **HOURS).upstream == "mine"
    assert [(entry.upstream, entry.kind) for entry in manager.cache.list()] == [("mine", "klines")]
    assert manager.cache.list(upstream="binance") == () == manager.cache.validate(upstream="binance")
    path = manager.cache.path_of("spot", "ETHUSDT", "1h", HOURS["start_time"], upstream="mine")
    assert path == manager.cache.list(upstream="mine")[0].path and "@mine" in path.parts
    window = ("spot", "ETHUSDT", "1h", HOURS["start_time"], HOURS["end_time"])
    assert manager.cache.load(*window, upstream="mine").table.num_rows == 24
    assert manager.cache.load(*window).table.num_rows == 24, "the cache of a manager is of its exchange"
    assert manager.cache.path_of("spot", "ETHUSDT", "1h", HOURS["start_time"]) == path
    assert manager.cache.load(*window, upstream="binance").table.num_rows == 0
    assert pickle.loads(pickle.dumps(manager.cache)).load(*window).table.num_rows == 24
    assert UnifiedCacheManager(manager.cache.directory).load(*window).table.num_rows == 0
    assert EnhancedRetriever(desk.replica.url, clock=desk.clock, upstream="mine").fetch_sync(*window).report.upstream == "mine"


def test_what_one_said_does_not_answer_for_another(desk):
    assert len(desk.manager().get_data_sync("ETHUSDT", **HOURS)) == 24
    other = desk.manager(upstream="mine", rest_client=None, vision_client=None)
    with pytest.raises(OfflineMiss, match="of binance the cache has 1 month of it") as caught:
        other.get_data_sync("ETHUSDT", **HOURS, enforce_source="cache")
    assert caught.value.asked.upstream == "mine"
    assert pickle.loads(pickle.dumps(caught.value)).asked.upstream == "mine"


def test_clients_without_a_name_are_called_after_their_host(unnamed, desk):
    rest, vision = desk.rest(upstream=None), desk.vision(upstream=None)
    assert rest.upstream == vision.upstream == after(desk.replica.url)
    assert desk.manager(rest_client=rest, vision_client=vision).upstream == after(desk.replica.url)
    assert EnhancedRetriever().upstream == VisionDataClient().upstream == DataSourceManager().upstream == "binance"
    assert EnhancedRetriever("https://api.binance.us").upstream == "us"


def test_clients_of_two_exchanges_need_a_name(unnamed, desk):
    manager = desk.manager(rest_client=desk.rest(upstream=None), vision_client=desk.vision(NOBODY, upstream=None))
    for ask_for_a_name in (lambda: manager.upstream, lambda: manager.get_data_sync("ETHUSDT", **HOURS), lambda: manager.plan_sync("ETHUSDT", **HOURS)):
        with pytest.raises(InvalidRequest, match="whose candles are these"):
            ask_for_a_name()
    with pytest.raises(InvalidRequest, match="whose candles are these"):
        manager.cache.path_of("spot", "ETHUSDT", "1h", HOURS["start_time"])
    assert manager.cache.list(upstream="binance") == ()
    assert len(manager.get_data_sync("ETHUSDT", **HOURS, enforce_source="rest")) == 24
    named = desk.manager(upstream="binance", rest_client=desk.rest(upstream=None), vision_client=desk.vision(NOBODY, upstream=None))
    assert named.upstream == "binance"


def test_a_name_in_the_environment_does_not_cover_a_url_in_the_code(desk):
    assert EnhancedRetriever("https://testnet.binance.vision").upstream == "testnet"
    assert EnhancedRetriever(NOBODY).upstream == after(NOBODY)
    with pytest.raises(InvalidRequest, match="never answers for another"):
        EnhancedRetriever("https://testnet.binance.vision", upstream="binance")
    with pytest.raises(InvalidRequest, match="cannot be called ''"):
        DataSourceManager(upstream="")


@pytest.mark.parametrize("name", ["binance", "us", "testnet"])
@pytest.mark.parametrize("where", ["environment", "file"])
def test_names_and_urls_below_are_not_those_of_a_client_with_a_url_in_the_code(monkeypatch, home, desk, name, where):
    """Candles of another server would be kept as Binance's, and joined with what a mirror of Binance has."""
    for word in ("UPSTREAM", "REST_URL", "VISION_URL"):
        monkeypatch.delenv(f"KLINEKEEP_{word}", raising=False)
    below = {"upstream": name, "rest_url": NOBODY, "vision_url": NOBODY}
    if where == "file":
        (home / "config" / "klinekeep").mkdir(parents=True, exist_ok=True)
        (home / "config" / "klinekeep" / "config.toml").write_text("".join(f'{key} = "{value}"\n' for key, value in below.items()))
        monkeypatch.setenv("XDG_CONFIG_HOME", str(home / "config"))
    else:
        for key, value in below.items():
            monkeypatch.setenv(f"KLINEKEEP_{key.upper()}", value)
    assert DataSourceManager().upstream == name
    rest, vision = desk.rest(upstream=None), desk.vision(upstream=None)
    assert desk.manager(rest_client=rest, vision_client=vision).upstream == after(desk.replica.url)
    for clients in ({"rest_client": rest, "vision_client": None}, {"rest_client": None, "vision_client": vision}):
        with pytest.raises(InvalidRequest, match="whose candles are these"):
            desk.manager(**clients).get_data_sync("ETHUSDT", **HOURS)
        assert desk.manager(**clients, upstream="mine").upstream == "mine"
    named = desk.manager(rest_client=desk.rest(upstream="mine"), vision_client=None)
    assert named.upstream == "mine", "and the archive of another name is left alone"
    with pytest.raises(InvalidRequest, match="has no archive|no host"):
        named.get_data_sync("ETHUSDT", **HOURS, enforce_source="vision")


def test_names_that_disagree_or_cannot_be_are_refused(unnamed, desk):
    with pytest.raises(InvalidRequest, match="a manager asks one exchange"):
        desk.manager(upstream="us", rest_client=desk.rest(upstream="mine"), vision_client=None)
    with pytest.raises(InvalidRequest, match="a manager asks one exchange"):
        desk.manager(rest_client=desk.rest(upstream="one"), vision_client=desk.vision(upstream="two"))
    for make in (DataSourceManager, EnhancedRetriever, VisionDataClient):
        with pytest.raises(InvalidRequest, match="cannot be called 'Not A Name'"):
            make(upstream="Not A Name")


def test_an_exchange_without_an_archive_is_asked_by_rest_alone(desk):
    manager = desk.manager(upstream="testnet", rest_client=desk.rest(upstream="testnet"), vision_client=None)
    df = manager.get_data_sync("ETHUSDT", **HOURS)
    assert df.attrs["klinekeep"].report.rows_by_source == {"rest": 24}
    with pytest.raises(InvalidRequest, match="has no archive"):
        manager.get_data_sync("ETHUSDT", **HOURS, enforce_source="vision")


def test_a_manager_and_a_plan_say_whose_they_are(unnamed, desk):
    named = desk.manager(upstream="mine", rest_client=desk.rest(upstream="mine"), vision_client=desk.vision(upstream="mine"))
    assert "of spot of mine, cache in" in repr(named)
    assert repr(named.plan_sync("ETHUSDT", **HOURS)).startswith("<klinekeep plan of mine: 1 step")
    named.get_data_sync("ETHUSDT", **HOURS)
    assert repr(named.plan_sync("ETHUSDT", **HOURS)) == "<klinekeep plan of mine: nothing to ask>"
    assert "of spot, cache in" in repr(DataSourceManager())
    assert "of spot of an exchange without a name, cache in" in repr(desk.manager(rest_client=desk.rest(upstream=None), vision_client=desk.vision(NOBODY, upstream=None)))
