"""One exchange (C11 of the contract): what one upstream said never answers for another, and each is told by its name."""

from __future__ import annotations

import dataclasses
import json
import shutil

import pytest
from cache_support import NOBODY
from klinekeep_process import Klinekeep
from lying_upstream import Series, Upstream
from replica_process import to_ms
from trust_support import get, shared_upstream, up  # noqa: F401

NOW = "2024-04-10"
START, END = "2024-03-10T00:00", "2024-03-10T05:00"
SERIES = Series("spot", "BTCUSDT", "1h", "2020-01-01")


@dataclasses.dataclass(frozen=True)
class Elsewhere(Series):
    """The same symbol at another exchange: all its prices are 7 higher."""

    def row(self, slot: int, forming: bool = False) -> list:
        row = super().row(slot, forming)
        return [row[0], *(f"{float(price) + 7:.8f}" for price in row[1:5]), *row[5:]]


ELSEWHERE = Elsewhere(SERIES.market, SERIES.symbol, SERIES.interval, SERIES.first)


@pytest.fixture
def other():
    with Upstream() as running:
        running.reset([ELSEWHERE], to_ms(NOW))
        yield running


@pytest.fixture
def kk(tmp_path, up) -> Klinekeep:  # noqa: F811
    """Nobody has named the exchange."""
    up.reset([SERIES], to_ms(NOW))
    klinekeep = Klinekeep(tmp_path, up, now=NOW)
    del klinekeep.env["KLINEKEEP_UPSTREAM"]
    return klinekeep


def at(*servers: Upstream | str, **more: str) -> dict[str, str]:
    """REST at the first, the archive at the last."""
    urls = [server if isinstance(server, str) else server.url for server in servers]
    return {"KLINEKEEP_REST_URL": urls[0], "KLINEKEEP_VISION_URL": urls[-1], **more}


def name_of(server: Upstream) -> str:
    return server.url.removeprefix("http://").replace(":", "_")


def ask(kk, server, series, source="auto", *more, env=None, start=START, end=END):
    return get(kk, server, series, start, end, source, *more, env=env)


def ls(kk, *words) -> list[dict]:
    return json.loads(kk("cache", "ls", "--json", *words).out)


@pytest.mark.parametrize("source", ["auto", "rest", "vision"])
def test_rows_of_one_server_are_never_joined_with_those_of_another(kk, up, other, source):  # noqa: F811
    ask(kk, up, SERIES, source).whole()
    longer = ask(kk, other, ELSEWHERE, source, env=at(other), end="2024-03-10T11:00").whole()
    assert longer.report["upstream"] == name_of(other)
    assert ask(kk, up, SERIES, source).whole().report["upstream"] == name_of(up)
    for server, series, end in ((up, SERIES, END), (other, ELSEWHERE, "2024-03-10T11:00")):
        offline = ask(kk, server, series, "cache", env=at(server), end=end).whole()
        assert offline.report["requests"] == 0
    assert sorted({entry["upstream"] for entry in ls(kk)}) == sorted([name_of(up), name_of(other)])


def test_another_exchange_lies_below_its_name_and_binance_where_it_always_was(kk, up):  # noqa: F811
    ask(kk, up, SERIES, "rest").whole()
    ask(kk, up, SERIES, "rest", "--upstream", "binance").whole()
    ask(kk, up, SERIES, "rest", "--upstream", "mine").whole()
    cache = kk.home / "cache/klinekeep"
    folders = {str(path.parent.relative_to(cache)) for path in cache.rglob("202403.arrow")}
    assert folders == {f"@{name_of(up)}/spot/data/BTCUSDT/1h", "spot/data/BTCUSDT/1h", "@mine/spot/data/BTCUSDT/1h"}
    assert {path.name for path in cache.iterdir()} <= {"spot", "@mine", f"@{name_of(up)}"}


def test_a_partition_that_was_copied_to_another_exchange_is_not_believed(kk, up, other):  # noqa: F811
    ask(kk, up, SERIES, "rest", "--upstream", "one").whole()
    cache = kk.home / "cache/klinekeep"
    for name in ("@two/spot/data/BTCUSDT/1h", "spot/data/BTCUSDT/1h"):
        shutil.copytree(cache / "@one/spot/data/BTCUSDT/1h", cache / name)
    for words in (("--upstream", "two"), ("--upstream", "binance")):
        told = ask(kk, other, ELSEWHERE, "rest", *words, env=at(other)).whole()
        assert "upstream 'one' where its path says" in told.notes
        assert told.report["rows_by_source"] == {"rest": 6}


def test_facts_that_were_copied_to_another_exchange_are_not_believed(kk, up, other):  # noqa: F811
    later = Series("spot", "BTCUSDT", "1h", "2024-03-10T03:00")
    up.reset([later], to_ms(NOW))
    ask(kk, up, later, "rest", "--upstream", "one")
    facts = kk.home / "cache/klinekeep/@one/spot/data/BTCUSDT/1h/series.json"
    assert "first_candle" in json.loads(facts.read_text())
    to = kk.home / "cache/klinekeep/@two/spot/data/BTCUSDT/1h/series.json"
    to.parent.mkdir(parents=True)
    shutil.copy(facts, to)
    ask(kk, other, ELSEWHERE, "rest", "--upstream", "two", env=at(other)).whole()


def test_rest_of_one_and_the_archive_of_another_need_a_name(kk, up, other):  # noqa: F811
    for source in ("auto", "cache"):
        told = kk.get("BTCUSDT", "1h", START, END, source, env=at(up, other))
        assert told.code == 2, told.err
        for word in (up.url, name_of(up), other.url, name_of(other), "name the upstream", "ask one of the two sources"):
            assert word in told.err
    assert up.log == [] and other.log == []
    assert ask(kk, up, SERIES, "rest", env=at(up, other)).whole().report["upstream"] == name_of(up)
    assert ask(kk, other, ELSEWHERE, "vision", env=at(up, other)).whole().report["upstream"] == name_of(other)
    assert ask(kk, up, SERIES, "auto", "--upstream", "mirror", env=at(up, up)).whole().report["upstream"] == "mirror"


def test_one_url_of_ones_own_needs_a_name_too(kk, up):  # noqa: F811
    for missing in ("KLINEKEEP_REST_URL", "KLINEKEEP_VISION_URL"):
        alone = {name: value for name, value in kk.env.items() if name != missing}
        kk.env, before = alone, kk.env
        told = kk.get("BTCUSDT", "1h", START, END, "auto")
        kk.env = before
        assert told.code == 2 and "whose candles are these?" in told.err
    assert up.log == []


@pytest.mark.parametrize("name", ["us", "testnet", "mine"])
def test_an_exchange_without_an_archive_is_asked_by_rest_alone(kk, up, name):  # noqa: F811
    kk.env["KLINEKEEP_UPSTREAM"] = name
    del kk.env["KLINEKEEP_VISION_URL"]
    told = ask(kk, up, SERIES, "auto").whole()
    assert told.report["upstream"] == name
    assert told.report["rows_by_source"] == {"rest": 6}
    assert all("/klines" in asked.target for asked in up.log)
    plan = json.loads(kk("plan", "BTCUSDT", "1h", "--start", "2021-01-01", "--end", "2023-12-31", "--json").out)
    assert plan["upstream"] == name
    assert {step["kind"] for step in plan["steps"]} == {"rest_page"}
    assert {step["upstream"] for step in plan["steps"]} == {name}
    refused = kk.get("BTCUSDT", "1h", START, END, "vision")
    assert refused.code == 2 and "has no archive" in refused.err


def test_what_an_archive_has_brought_counts_also_where_it_is_not_known_any_more(kk, up):  # noqa: F811
    """C8: what the cache covers asks nobody. The URL of the archive is left out this time."""
    kk.env["KLINEKEEP_UPSTREAM"] = "mine"
    ask(kk, up, SERIES, "vision").whole()
    ask(kk, up, SERIES, "auto", end="2024-03-10T08:00").whole()
    del kk.env["KLINEKEEP_VISION_URL"]
    up.log.clear()
    told = ask(kk, up, SERIES, "auto", end="2024-03-10T08:00").whole()
    assert told.report["rows_by_source"] == {"cache": 9} and up.log == []
    dead = kk.get("BTCUSDT", "1h", START, END, "auto", env={"KLINEKEEP_REST_URL": NOBODY})
    assert dead.code == 0, dead.err
    more = ask(kk, up, SERIES, "auto", end="2024-03-10T23:00").whole()
    assert more.report["rows_by_source"]["cache"] >= 9
    assert all("/klines" in asked.target for asked in up.log)


def test_a_plan_of_an_exchange_without_an_archive_says_so(kk, up):  # noqa: F811
    kk.env["KLINEKEEP_UPSTREAM"] = "mine"
    del kk.env["KLINEKEEP_VISION_URL"]
    window = ("plan", "BTCUSDT", "1h", "--start", START, "--end", END)
    assert "6 candles from REST: no archive of mine is known" in kk(*window).ok().text
    assert "6 candles from REST, as asked" in kk(*window, "--source", "rest").ok().text


def test_an_exchange_whose_hosts_nobody_knows_has_only_its_cache(kk, up):  # noqa: F811
    ask(kk, up, SERIES, "rest", "--upstream", "mine").whole()
    del kk.env["KLINEKEEP_REST_URL"], kk.env["KLINEKEEP_VISION_URL"]
    for source in ("auto", "rest", "vision"):
        refused = kk.get("BTCUSDT", "1h", START, END, source, "--upstream", "mine")
        assert refused.code == 2 and "mine" in refused.err
    ask(kk, up, SERIES, "cache", "--upstream", "mine").whole()
    assert kk.get("BTCUSDT", "1h", START, END, "rest", "--upstream", "us", market="um").code == 2


def test_a_miss_says_what_binance_has(kk, up):  # noqa: F811
    ask(kk, up, SERIES, "rest", "--upstream", "binance").whole()
    missed = kk.get("BTCUSDT", "1h", START, END, "cache", "--upstream", "us")
    assert missed.code == 6
    assert "of us" in missed.err and "; of binance the cache has 1 month of it: name the upstream binance" in missed.err
    up.reset([], to_ms(NOW))
    unknown = kk.get("BTCUSDT", "1h", START, END, "rest", "--upstream", "mine")
    assert unknown.code == 7
    assert "of mine" in unknown.err and "of binance the cache has candles of it: 1h (1 month)" in unknown.err


def test_a_miss_says_who_else_has_it(kk, up):  # noqa: F811
    for name in ("mine", "other"):
        ask(kk, up, SERIES, "rest", "--upstream", name).whole()
    missed = kk.get("BTCUSDT", "1h", START, END, "cache", "--upstream", "binance")
    assert missed.code == 6
    assert "; of mine the cache has 1 month of it, of other the cache has 1 month of it: name the upstream that is meant" in missed.err
    up.reset([], to_ms(NOW))
    unknown = kk.get("BTCUSDT", "1h", START, END, "rest", "--upstream", "binance")
    assert unknown.code == 7
    for name in ("mine", "other"):
        assert f"; of {name} the cache has candles of it: 1h (1 month)" in unknown.err


def test_a_miss_names_three_others_at_most_and_binance_first(kk, up):  # noqa: F811
    for name in ("a", "b", "c", "binance"):
        ask(kk, up, SERIES, "rest", "--upstream", name).whole()
    missed = kk.get("BTCUSDT", "1h", START, END, "cache", "--upstream", "d")
    named = [name for name in ("binance", "a", "b", "c") if f"of {name} the cache has" in missed.err]
    assert named == ["binance", "a", "b"] and missed.err.index("of binance") < missed.err.index("of a ")
    nothing = kk.get("ETHUSDT", "1h", START, END, "cache", "--upstream", "d")
    assert nothing.code == 6 and "of a " not in nothing.err


@pytest.mark.parametrize("how", ["flag", "environment", "file"])
def test_the_name_comes_from_flag_environment_or_file(kk, up, config, how):  # noqa: F811
    words, env = [], {}
    if how == "file":
        config(rest_url=up.url, upstream="mine")
    else:
        words, env = (["--upstream", "mine"], {}) if how == "flag" else ([], {"KLINEKEEP_UPSTREAM": "mine"})
    assert ask(kk, up, SERIES, "rest", *words, env=env).whole().report["upstream"] == "mine"


@pytest.mark.parametrize("name", ["US", "a/b", "..", "@us", "ä", "a" * 65])
def test_names_that_cannot_be_are_refused(kk, up, name):  # noqa: F811
    for command in (["get", "BTCUSDT", "1h", "--start", START], ["cache", "ls"], ["symbols"]):
        for told in (kk(*command, env={"KLINEKEEP_UPSTREAM": name}), kk(*command, f"--upstream={name}")):
            assert told.code == 2 and "an upstream cannot be called" in told.err, command
    assert not (kk.home / "cache").exists()


def test_commands_of_the_cache_span_all_exchanges_unless_one_is_named(kk, up, other):  # noqa: F811
    ask(kk, up, SERIES, "rest", "--upstream", "binance").whole()
    ask(kk, other, ELSEWHERE, "rest", env=at(other, KLINEKEEP_UPSTREAM="us")).whole()
    kk.env["KLINEKEEP_UPSTREAM"] = "us"  # a default for requests; these look at all
    assert [entry["upstream"] for entry in ls(kk)] == ["binance", "us"]
    assert [entry["upstream"] for entry in ls(kk, "--upstream", "us")] == ["us"]
    head, *lines = kk("cache", "ls").out.decode().splitlines()
    assert head == "upstream,market,kind,symbol,interval,month,rows,bytes,first,last"
    assert [line.split(",")[:6] for line in lines] == [[name, "spot", "klines", "BTCUSDT", "1h", "2024-03"] for name in ("binance", "us")]
    stats = json.loads(kk("cache", "stats", "--json").out)
    assert stats["upstreams"]["us"]["spot"]["partitions"] == 1 and stats["all"]["partitions"] == 2
    for name in ("binance", "us"):
        path = kk("cache", "path", "BTCUSDT", "1h", "2024-03", "--upstream", name).out.decode().strip()
        assert path == {entry["upstream"]: entry["path"] for entry in ls(kk)}[name]
    (kk.home / "cache/klinekeep/@us/spot/data/BTCUSDT/1h/202403.arrow").write_bytes(b"rubbish")
    found = kk("cache", "validate")
    assert found.code == 4 and found.out.decode().startswith("us spot BTCUSDT 1h 2024-03: ")
    assert kk("cache", "validate", "--upstream", "binance").code == 0
    for whole in (["prune", "--max-size", "1G"], ["reindex"], ["path"]):
        refused = kk("cache", *whole, "--upstream", "us")
        assert refused.code == 2 and "whatever exchange: leave --upstream out" in refused.err
        kk("cache", *whole).ok()  # the variable is a default for requests
    repaired = kk("cache", "repair", "--json", env=at(other))
    assert [(entry["upstream"], entry["sound"]) for entry in json.loads(repaired.out)] == [("us", True)]
    refreshed = kk("cache", "refresh", "--json", env=at(other))
    assert [entry["upstream"] for entry in json.loads(refreshed.out)] == ["us"]


def test_repair_and_refresh_tell_what_they_left_out_of_other_exchanges(kk, up, other):  # noqa: F811
    ask(kk, other, ELSEWHERE, "rest", env=at(other, KLINEKEEP_UPSTREAM="us")).whole()
    (kk.home / "cache/klinekeep/@us/spot/data/BTCUSDT/1h/202403.arrow").write_bytes(b"rubbish")
    assert kk("cache", "validate").code == 4
    for command in ("repair", "refresh"):
        left = kk("cache", command, "--upstream", "binance")
        assert "left out" not in left.err, "it was named"
        kk.env["KLINEKEEP_UPSTREAM"] = "binance"
        left = kk("cache", command)
        assert "left out, as of other exchanges: 1 series of us (--upstream us)" in left.err
        assert "left out" not in kk("cache", command, "-q").err
        assert "left out" not in kk("cache", command, "ETHUSDT").err, "nor is it what was asked for"


def test_limits_span_all_exchanges(kk, up, other):  # noqa: F811
    ask(kk, up, SERIES, "rest", "--upstream", "binance").whole()
    ask(kk, other, ELSEWHERE, "rest", env=at(other, KLINEKEEP_UPSTREAM="us")).whole()
    removed = json.loads(kk("cache", "prune", "--max-size", "1", "--json").out)
    assert [entry["upstream"] for entry in removed["removed"]] == ["binance", "us"]
    assert ls(kk) == []


def test_symbols_and_their_first_days_are_of_one_exchange(kk, up, other):  # noqa: F811
    for words, env, why in (
        ((), at(up, other), "whose candles are these?"),
        (("--upstream", "mine"), {"KLINEKEEP_REST_URL": up.url, "KLINEKEEP_VISION_URL": ""}, "has no archive"),
    ):
        told = kk("symbols", "--since", *words, env=env)
        assert told.code == 2 and why in told.err
    assert up.log == [] and other.log == []
    ask(kk, up, SERIES, "rest", "--upstream", "two").whole()
    up.forget()
    listed = [json.loads(kk("symbols", "--json", "--upstream", name).out) for name in ("one", "two")]
    assert [[entry["status"] for entry in each if entry["symbol"] == "BTCUSDT"] for each in listed] == [["TRADING"], ["TRADING"]]
    up.reset([], to_ms(NOW))
    kept = [json.loads(kk("symbols", "--json", "--upstream", name).out) for name in ("one", "two")]
    assert [[entry["symbol"] for entry in each] for each in kept] == [[], ["BTCUSDT"]]


def test_stats_of_one_exchange_say_nothing_of_another(kk, up, other):  # noqa: F811
    ask(kk, up, SERIES, "rest", "--upstream", "binance").whole()
    ask(kk, other, ELSEWHERE, "rest", env=at(other, KLINEKEEP_UPSTREAM="us")).whole()
    told = kk("cache", "stats", "--upstream", "us").ok().out.decode().splitlines()[1:]
    assert [line.split(",")[:4] for line in told] == [["us", m, n, n] for m, n in (("spot", "1"), ("um", "0"), ("cm", "0"))] + [["all", "all", "1", "1"]]
    assert list(json.loads(kk("cache", "stats", "--upstream", "us", "--json").out)["upstreams"]) == ["us"]


OF_THE_CACHE = ("ls", "stats", "validate", "repair", "refresh", "prune", "reindex", "path")


@pytest.mark.parametrize("command", ["", "get", "plan", "symbols", "cache", *(f"cache {word}" for word in OF_THE_CACHE)])
def test_help_fits_a_hundred_columns(kk, command):
    lines = kk(*command.split(), "--help").ok().out.decode().splitlines()
    assert [line for line in lines if len(line) > 100] == []


# -- names and URLs from flags, environment and file ---------------------------------------------------------------------------


@pytest.fixture
def config(kk):
    """Writes the config file, which then is all that says where to ask."""

    def write(**said: str) -> None:
        for name in ("KLINEKEEP_REST_URL", "KLINEKEEP_VISION_URL"):
            del kk.env[name]
        path = kk.home / "config/klinekeep/config.toml"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("".join(f'{key} = "{value}"\n' for key, value in said.items()))

    return write


@pytest.mark.parametrize("name", ["us", "testnet", "foo"])
def test_a_mirror_of_binance_in_the_file_is_not_asked_for_another_exchange(kk, up, config, name):  # noqa: F811
    config(rest_url=up.url, vision_url=up.url, upstream="binance")
    ask(kk, up, SERIES, "auto").whole()
    up.forget()
    kk("plan", "BTCUSDT", "1h", "--start", "2021-01-01", "--end", "2023-12-31", "--upstream", name)
    told = kk.get("BTCUSDT", "1h", "2024-02-10", "2024-02-10", "auto", env={"https_proxy": "http://127.0.0.1:9"}, *("--upstream", name))
    assert told.code in (2, 8) and up.log == []
    assert not (kk.home / f"cache/klinekeep/@{name}/spot/data").exists()


def test_rows_are_not_joined_though_the_file_knows_a_mirror_of_an_archive(kk, up, other, config):  # noqa: F811
    config(vision_url=up.url, upstream="binance")
    start, end = "2024-02-01", "2024-04-08T11:00"
    told = get(kk, other, ELSEWHERE, start, end, "auto", "--upstream", "foo", "--rest-url", other.url).whole()
    assert told.report["rows_by_source"].keys() == {"rest"} and up.log == []


@pytest.mark.parametrize(
    "name, url", [("binance", "https://testnet.binance.vision"), ("binance", "https://api.binance.us"), ("us", "https://API.binance.com:443"), ("foo", "https://fapi.binance.com")]
)
def test_a_host_that_is_known_contradicts_another_name(kk, name, url):
    words = ("plan", "BTCUSDT", "1h", "--start", START, "--end", END, "--source", "rest")
    for more in (("--upstream", name, "--rest-url", url), ("--rest-url", url, "--rest-url", "https://api.binance.us", "--rest-url", "https://api.binance.com")):
        told = kk(*words, *more)
        assert told.code == 2 and "never answers for another" in told.err, more


SPELT = ["https://api.binance.us.", "https://API.binance.us.:443/", "https://api.binance.us:0443", "https://api.binance.us:8443", "http://api.binance.us"]
SPELT += ["https://testnet.binance.vision.", "http://testnet.binance.vision", "https://testnet.binancefuture.com:00443"]


@pytest.mark.parametrize("url", SPELT)
def test_a_host_that_is_known_is_known_however_it_is_spelt(kk, config, url):
    config()
    words = ("BTCUSDT", "1h", "--start", START, "--end", END, "--source", "rest")
    told = kk("plan", *words, "--upstream", "binance", "--rest-url", url)
    assert told.code == 2 and "never answers for another" in told.err
    owner = "us" if "binance.us" in url.lower() else "testnet"
    assert json.loads(kk("plan", *words, "--rest-url", url, "--json").ok().out)["upstream"] == owner
    nowhere = {"https_proxy": "http://127.0.0.1:9", "http_proxy": "http://127.0.0.1:9"}
    left_alone = kk("get", *words, "--upstream", "binance", env=nowhere | {"KLINEKEEP_REST_URL": url})
    assert left_alone.code == 8 and "https://api.binance.com/" in left_alone.err, left_alone.err


def test_a_url_of_ones_own_beside_one_that_is_known_needs_a_name(kk, up, config):  # noqa: F811
    config()
    for urls in ((up.url, "https://api.binance.com"), ("https://api.binance.com", up.url)):
        flags = [word for url in urls for word in ("--rest-url", url)]
        words = ("plan", "BTCUSDT", "1h", "--start", START, "--end", END, "--source", "rest", "--json")
        for told in (kk(*words, *flags), kk(*words, env={"KLINEKEEP_REST_URL": ",".join(urls)})):
            assert told.code == 2 and up.url in told.err and "name the upstream" in told.err, told.text
        assert json.loads(kk(*words, *flags, "--upstream", "binance").ok().out)["upstream"] == "binance"


@pytest.mark.parametrize("how", ["environment", "file"])
def test_a_name_below_does_not_cover_the_url_of_a_flag(kk, up, other, config, how):  # noqa: F811
    config(**({"upstream": "binance"} if how == "file" else {}))
    env = {"KLINEKEEP_UPSTREAM": "binance"} if how == "environment" else {}
    told = ask(kk, other, ELSEWHERE, "rest", "--rest-url", other.url, env=env).whole()
    assert told.report["upstream"] == name_of(other)
    assert kk("plan", "BTCUSDT", "1h", "--start", START, "--end", END, "--rest-url", other.url, env=env).code == 2
    plan = json.loads(kk("plan", "BTCUSDT", "1h", "--start", START, "--end", END, "--rest-url", "https://api.binance.us", "--json", env=env).out)
    assert plan["upstream"] == "us" and {step["kind"] for step in plan["steps"]} == {"rest_page"}


def test_an_empty_name_is_no_name(kk):
    for command in (["plan", "BTCUSDT", "1h", "--start", START], ["cache", "ls"]):
        told = kk(*command, "--upstream", "")
        assert told.code == 2 and "an upstream cannot be called ''" in told.err
