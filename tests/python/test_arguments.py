"""What a constructor is given is checked once: a wrong type is a TypeError, what cannot be an InvalidRequest, each in one
plain sentence that begins with the argument's name."""

import inspect
import pathlib
from datetime import date, timedelta

import numpy as np
import pytest

from klinekeep import DataSourceManager, EnhancedRetriever, InvalidRequest, UnifiedCacheManager, VisionDataClient

HALF = "\ud83d"  # of a surrogate pair
TEXT, PATH, TIME, NUMBER = "must be a str", "must be a str or a path", "must be a timedelta", "must be a whole number"
CLIENTS = {
    "parallel": [("4", NUMBER), (4.0, NUMBER), (True, NUMBER), (None, NUMBER), (0, "must be from 1 to 64"), (65, "must be from 1 to 64"), (2**64, "must be from 1 to 64")],
    "clock": [(5, "must be a function"), ("now", "must be a function")],
    "proxy": [(3, TEXT), (b"http://p", TEXT), (HALF, "cannot be")],
    "ca_file": [(3, PATH), (["a.pem"], PATH), ("\udcff" + HALF, "cannot be")],
    "connect_timeout": [(3, TIME), ("3s", TIME), (timedelta(0), "must be longer than nothing")],
    "request_timeout": [(3.5, TIME), (timedelta(seconds=-1), "must be longer than nothing")],
    "upstream": [(3, TEXT), (["us"], TEXT), ("", "cannot be called ''"), (HALF, "cannot be")],
}
WRONG = {
    DataSourceManager: {
        "market_type": [(3, "must be a MarketType or one of"), ("bank", "cannot be 'bank'")],
        "rest_client": [("http://127.0.0.1", "must be an EnhancedRetriever"), (VisionDataClient(), "must be an EnhancedRetriever")],
        "vision_client": [(3, "must be a VisionDataClient")],
        "cache_dir": [(3, PATH), (HALF, "cannot be")],
        "use_cache": [],  # anything is true or false
        "clock": CLIENTS["clock"],
        "request_cost": [("1", NUMBER), (1.5, NUMBER), (None, NUMBER), (-1, "must be from 0"), (2**64, "must be from 0")],
        "rest_factor": [("4", NUMBER), (4.0, NUMBER), (-1, "must be from 0"), (2**63, "must be from 0")],
        "cache_max_size": [("20G", NUMBER), (5.0, NUMBER), (True, NUMBER), (2**64, "must be from 0"), (-1, "must be from 0")],
        "cache_max_age": [("90d", TIME), (90, TIME), (timedelta(seconds=-1), "cannot be negative")],
        "upstream": CLIENTS["upstream"],
    },
    EnhancedRetriever: CLIENTS | {
        "base_urls": [(3, "must be a str or a list"), ([3], "must be a str"), ([HALF], "cannot be"), ("nothing", "REST URL")],
        "budget_share": [("0.5", "must be a number"), (True, "must be a number"), (None, "must be a number"), (0, "must be above 0"), (1.5, "must be above 0"), (float("nan"), "must be above 0")],
    },
    VisionDataClient: CLIENTS | {"base_url": [(3, TEXT), (["http://a"], TEXT), ("", "cannot be empty"), ("nothing", "archive's URL")]},
    UnifiedCacheManager: {"directory": [(3, PATH), (HALF, "cannot be")], "upstream": CLIENTS["upstream"]},
}
CASES = [
    pytest.param(kind, name, value, told, id=f"{kind.__name__}-{name}-{value!r}"[:60].encode("ascii", "replace").decode())
    for kind, arguments in WRONG.items()
    for name, values in arguments.items()
    for value, told in values
]


def assert_plain(error: BaseException, name: str, told: str) -> None:
    assert type(error) is (TypeError if "must be a" in told and "above" not in told else InvalidRequest)
    assert told in str(error) and name in str(error).replace("REST URL", "base_urls").replace("archive's URL", "base_url")
    assert "_core" not in str(error) and "\n" not in str(error) and len(str(error)) < 300


@pytest.fixture(autouse=True)
def at_home(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


@pytest.mark.parametrize("kind", WRONG)
def test_every_argument_has_its_row(kind):
    assert set(WRONG[kind]) == set(inspect.signature(kind).parameters)


@pytest.mark.parametrize("kind, name, value, told", CASES)
def test_what_cannot_be_is_told_in_one_plain_sentence(kind, name, value, told):
    with pytest.raises((TypeError, InvalidRequest)) as caught:
        kind(**{name: value})
    assert_plain(caught.value, name, told)


@pytest.mark.parametrize("name, value, told", [
    ("max_size", "20G", NUMBER), ("max_size", 5.0, NUMBER), ("max_size", True, NUMBER), ("max_size", 2**64, "must be from 0"),
    ("max_age", 90, TIME), ("max_age", "90d", TIME),
])
def test_prune_says_so_too(tmp_path, name, value, told):
    with pytest.raises((TypeError, InvalidRequest)) as caught:
        UnifiedCacheManager(tmp_path).prune(**{name: value})
    assert_plain(caught.value, name, told)


@pytest.mark.parametrize("method", ["path_of", "load", "list", "validate"])
@pytest.mark.parametrize("name", ["symbol", "upstream"])
def test_names_of_what_is_cached_are_texts(tmp_path, method, name):
    when = {"path_of": [date(2024, 3, 1)], "load": [date(2024, 3, 1), date(2024, 3, 2)]}.get(method, [])
    named = {"symbol": 3} if name == "symbol" else {"symbol": "BTCUSDT", "upstream": 3}
    with pytest.raises(TypeError) as caught:
        getattr(UnifiedCacheManager(tmp_path), method)("spot", named.pop("symbol"), "1d", *when, **named)
    assert_plain(caught.value, name, TEXT)


@pytest.mark.parametrize("symbol, told", [(3, TEXT), (HALF, "cannot be")])
def test_a_symbol_is_a_text(manager, symbol, told):
    window = {"interval": "1d", "start_time": date(2024, 3, 1), "end_time": date(2024, 3, 2)}
    for ask in (
        lambda: manager.get_data_sync(symbol, **window),
        lambda: EnhancedRetriever().fetch_sync("spot", symbol, "1d", date(2024, 3, 1), date(2024, 3, 2)),
        lambda: VisionDataClient().fetch_sync("spot", symbol, "1d", date(2024, 3, 1), date(2024, 3, 2)),
        lambda: VisionDataClient().first_file_sync("spot", symbol, "1d"),
    ):
        with pytest.raises((TypeError, InvalidRequest)) as caught:
            ask()
        assert_plain(caught.value, "symbol", told)


def test_numbers_of_numpy_and_paths_of_all_kinds_will_do(tmp_path):
    (tmp_path / "ca.pem").write_bytes(b"")
    DataSourceManager(cache_dir=str(tmp_path).encode(), cache_max_size=np.int64(5), request_cost=np.int32(7), rest_factor=np.uint8(2))
    EnhancedRetriever(budget_share=np.float64(0.5), parallel=np.int64(2), ca_file=tmp_path / "ca.pem")
    VisionDataClient(ca_file=pathlib.PurePosixPath(tmp_path / "ca.pem"))
    assert UnifiedCacheManager(str(tmp_path).encode()).directory == tmp_path
