"""`klinekeep cache ls|stats|path|reindex|prune|refresh`, the catalogue, and a cache that cannot be used."""

import json
import os
import time

import pytest
from cache_support import NO_SOURCE, PAGES, Cache, Ear, asked, json_of, shape, truth, values

COMMANDS = [["ls"], ["stats"], ["validate"], ["repair"], ["reindex"], ["prune", "--max-size", "1G"]]
MONTHS = ["202401", "202402", "202403"]


def fill(kk):
    for month in ("2024-01", "2024-02", "2024-03"):
        kk.get("ETHUSDT", "1h", f"{month}-04", f"{month}-05", "rest").ok()
    kk.get("ETHUSDT", "1m", "2024-03-04", "2024-03-04", "auto", market="um").ok()
    kk.get("币安人生USDT", "1h", "2026-03-04", "2026-03-04", "auto").ok()
    return Cache(kk)


def entries(told) -> list[dict]:
    """The one list in what ls says."""
    if isinstance(told, dict):
        (told,) = [value for value in told.values() if isinstance(value, list)]
    return told


def listed(kk, *words) -> list[tuple]:
    return [(e["market"], e["symbol"], e["interval"], e["month"].replace("-", ""), e["rows"]) for e in entries(json_of(kk("cache", "ls", "--json", *words)))]


ALL = [
    ("spot", "ETHUSDT", "1h", "202401", 48),
    ("spot", "ETHUSDT", "1h", "202402", 48),
    ("spot", "ETHUSDT", "1h", "202403", 48),
    ("spot", "币安人生USDT", "1h", "202603", 24),
    ("um", "ETHUSDT", "1m", "202403", 1440),
]


def test_ls(kk, replica):
    cache = fill(kk)
    assert sorted(listed(kk)) == ALL
    assert listed(kk, "--market", "um") == ALL[4:]
    assert listed(kk, "币安人生USDT") == ALL[3:4]
    assert sorted(listed(kk, "ETHUSDT", "1h")) == ALL[:3]
    text = kk("cache", "ls").ok().text
    for market, symbol, interval, *_ in ALL:
        assert market in text and symbol in text and interval in text
    assert all(e["bytes"] == cache.partition("ETHUSDT", "1h", e["month"].replace("-", "")).stat().st_size for e in entries(json_of(kk("cache", "ls", "--json", "ETHUSDT", "1h"))))


def test_stats_are_sums(kk, replica):
    cache = fill(kk)
    stats = json_of(kk("cache", "stats", "--json"))
    whole = stats.get("all", stats)
    assert whole["partitions"] == 5
    assert whole["rows"] == sum(rows for *_, rows in ALL)
    assert whole["bytes"] == sum(p.stat().st_size for p in cache.partitions())
    assert "5" in kk("cache", "stats").ok().text


def test_an_empty_cache_is_well(kk, replica):
    for command in COMMANDS:
        assert kk("cache", *command).code == 0
    assert listed(kk) == []
    assert not Cache(kk).root.exists() or Cache(kk).partitions() == []


def test_path(kk, replica, tmp_path):
    assert kk("cache", "path").ok().text == f"{Cache(kk).root}\n"
    assert kk("cache", "path", "--cache-dir", tmp_path / "other").ok().text == f"{tmp_path / 'other'}\n"
    assert kk("cache", "path", env={"KLINEKEEP_CACHE_DIR": str(tmp_path / "env")}).ok().text == f"{tmp_path / 'env'}\n"
    assert str(Cache(kk).root) in json.dumps(json_of(kk("cache", "path", "--json")))
    kk.env.pop("XDG_CACHE_HOME")
    assert kk("cache", "path").ok().text == f"{kk.home}/.cache/klinekeep\n"


def test_the_flag_goes_over_the_environment_and_that_over_the_file(kk, replica, tmp_path):
    config = kk.home / "config" / "klinekeep" / "config.toml"
    config.parent.mkdir(parents=True)
    config.write_text(f'cache_dir = "{tmp_path}/file"\n')
    window = ("ETHUSDT", "1h", "2024-03-04", "2024-03-04", "rest")
    kk.get(*window).ok()
    kk.get(*window, env={"KLINEKEEP_CACHE_DIR": f"{tmp_path}/env"}).ok()
    kk.get(*window, "--cache-dir", f"{tmp_path}/flag", env={"KLINEKEEP_CACHE_DIR": f"{tmp_path}/none"}).ok()
    for name in ("file", "env", "flag"):
        assert Cache(kk, tmp_path / name).partition("ETHUSDT", "1h").exists()
    assert not (tmp_path / "none").exists()


# -- the catalogue -----------------------------------------------------------------------------------------------------


def test_get_never_writes_the_catalogue_and_ls_does(kk, replica):
    cache = fill(kk)
    index = cache.root / "spot/metadata/cache_index.json"
    assert not index.exists()
    kk("cache", "ls").ok()
    told = json.loads(index.read_text())
    assert sorted(p["path"] for p in told["partitions"]) == sorted(["ETHUSDT/1h/202401.arrow", "ETHUSDT/1h/202402.arrow", "ETHUSDT/1h/202403.arrow", "币安人生USDT/1h/202603.arrow"])
    before = index.stat().st_mtime_ns
    kk.get("ETHUSDT", "1h", "2024-05-04", "2024-05-04", "rest").ok()
    assert index.stat().st_mtime_ns == before


@pytest.mark.parametrize("spoil", ["missing", "stale", "rubbish", "lies", "of another format"])
def test_a_catalogue_that_is_wrong_costs_nothing(kk, replica, spoil):
    cache = fill(kk)
    kk("cache", "ls").ok()
    index = cache.root / "spot/metadata/cache_index.json"
    expected = ALL
    if spoil == "missing":
        index.unlink()
    elif spoil == "stale":
        cache.partition("ETHUSDT", "1h", "202402").unlink()
        kk.get("ETHUSDT", "1h", "2024-03-06", "2024-03-06", "rest").ok()
        expected = [ALL[0], ("spot", "ETHUSDT", "1h", "202403", 72), *ALL[3:]]
    elif spoil == "lies":
        told = json.loads(index.read_text())
        for each in told["partitions"]:
            each |= {"rows": 7, "size": 7}
        told["partitions"].append({**told["partitions"][0], "path": "NONE/1h/202401.arrow"})
        index.write_text(json.dumps(told))
    else:
        index.write_text({"rubbish": "{[", "of another format": '{"format": 99}'}[spoil])
    replica.clear_log()
    assert kk.get("ETHUSDT", "1h", "2024-03-04", "2024-03-05", "auto").ok().rows
    assert asked(replica) == []
    assert kk("cache", "validate").code == 0
    assert sorted(listed(kk)) == expected


def test_reindex_makes_it_anew(kk, replica):
    cache = fill(kk)
    index = cache.root / "spot/metadata/cache_index.json"
    index.parent.mkdir(parents=True, exist_ok=True)
    index.write_text("rubbish")
    assert "5" in kk("cache", "reindex").ok().text
    assert len(json.loads(index.read_text())["partitions"]) == 4
    json_of(kk("cache", "reindex", "--json"))


# -- prune -------------------------------------------------------------------------------------------------------------


def used(path, days_ago):
    """Last used then, and so not written since."""
    os.utime(path, (time.time() - days_ago * 86_400,) * 2)


def test_prune_by_size_takes_the_least_recently_used(kk, replica):
    cache = fill(kk)
    paths = [cache.partition("ETHUSDT", "1h", month) for month in MONTHS]
    for path in cache.partitions():
        used(path, 1)
    for path, days in zip(paths, (5, 9, 7)):
        used(path, days)
    total = sum(p.stat().st_size for p in cache.partitions())
    kk("cache", "prune", "--max-size", str(total)).ok()
    assert all(p.exists() for p in paths), "what fits was taken"
    kk("cache", "prune", "--max-size", str(total - 1)).ok()
    assert [p.exists() for p in paths] == [True, False, True]
    kk("cache", "prune", "--max-size", str(total - 1 - paths[0].stat().st_size)).ok()
    assert [p.exists() for p in paths] == [True, False, False]
    kk("cache", "prune", "--max-size", "0").ok()
    assert cache.partitions() == []
    assert kk("cache", "validate").code == 0


def test_each_read_is_a_use(kk, replica):
    cache = fill(kk)
    for path in cache.partitions():
        used(path, 10)
    kk.get("ETHUSDT", "1h", "2024-02-04", "2024-02-04", "cache", env=NO_SOURCE).ok()
    kk("cache", "prune", "--max-age", "5d").ok()
    assert [p.name for p in cache.partitions()] == ["202402.arrow"]


def test_prune_by_age_runs_on_the_machines_clock(kk, replica):
    """`--now` is the exchange's business."""
    cache = fill(kk)
    paths = [cache.partition("ETHUSDT", "1h", month) for month in MONTHS]
    for path, days in zip(paths, (91, 89, 0)):
        used(path, days)
    kk("cache", "prune", "--max-age", "90d", env={"KLINEKEEP_NOW": "2036-01-01"}).ok()
    assert [p.exists() for p in paths] == [False, True, True]
    kk("cache", "prune", "--max-age", "0s").ok()
    assert cache.partitions() == []


@pytest.mark.parametrize("word, fits", [("1G", True), ("1M", True), ("1K", False), ("20g", None), ("1T", None), ("x", None), ("-1", None), ("", None)])
def test_sizes(kk, replica, word, fits):
    """K, M, G are binary; what is no size is refused, and nothing is lost by a slip."""
    kk.get("ETHUSDT", "1h", "2024-03-04", "2024-03-05", "rest").ok()
    result = kk("cache", "prune", f"--max-size={word}")
    assert result.code == (2 if fits is None and word != "20g" else result.code)
    assert bool(Cache(kk).partitions()) == (fits is not False)


@pytest.mark.parametrize("words", [["prune"], ["prune", "--max-age", "90"], ["prune", "--max-age", "5y"], ["prune", "--max-age=-1s"], ["prune", "--max-age", "900ms"], ["prune", "--max-age", "0.9s"], ["prune", "--max-size=-1"], ["burn"], [], ["ls", "--market", "x"], ["validate", "../x"], ["ls", "ETHUSDT", "7m"]], ids=" ".join)
def test_bad_words_are_refused(kk, replica, words):
    cache = fill(kk)
    assert kk("cache", *words).code == 2
    assert len(cache.partitions()) == 5


def test_prune_tells_what_went_and_the_range_is_fetched_again(kk, replica):
    cache = fill(kk)
    used(cache.partition("ETHUSDT", "1h", "202401"), 100)
    told = json.dumps(json_of(kk("cache", "prune", "--max-age", "90d", "--json")), ensure_ascii=False)
    assert "202401" in told.replace("2024-01", "202401") and "202402" not in told.replace("2024-02", "202402")
    assert values(kk.get("ETHUSDT", "1h", "2024-01-04", "2024-01-05", "auto")) == truth(replica, "spot", "ETHUSDT", "1h", "2024-01-04", "2024-01-05T23:00Z")


# -- refresh -----------------------------------------------------------------------------------------------------------


def test_refresh_replaces_a_monthly_file_by_daily_ones_and_tells_what_changed(kk, replica):
    """The precedence daily, monthly, REST decides here: BTCUSDT 1h 2021-01-11 08:00 differs in the monthly file."""
    kk.get("BTCUSDT", "1h", "2021-01-01", "2021-01-31", "vision").ok()
    result = kk("cache", "refresh", "BTCUSDT", "1h")
    assert result.code == 0, result.err
    assert "2021-01-11T08:00:00Z" in result.text + result.err
    lows = {row["open_time"]: row["low"] for row in kk.get("BTCUSDT", "1h", "2021-01-01", "2021-01-31", "cache").ok().rows}
    assert lows[str(1610352000000)] == "34101.01"
    assert kk("cache", "validate").code == 0


def test_refresh_replaces_rest_by_the_archive_and_tells_what_changed(kk, replica):
    row = '[1709546400000,"1","9","0.5","2","3",1709549999999,"4",5,"6","7","0"]'  # 2024-03-04 10:00, valid and false
    replica.fault(match=PAGES, kind="rubbish_row", row=10, text=row)
    day = ("ETHUSDT", "1h", "2024-03-04", "2024-03-04")
    assert kk.get(*day, "rest").ok().rows[10]["high"] == "9"
    result = kk("cache", "refresh", "ETHUSDT", "1h").ok()
    assert "2024-03-04T10:00:00Z" in result.text + result.err
    assert values(kk.get(*day, "cache")) == truth(replica, "spot", "ETHUSDT", "1h", "2024-03-04", "2024-03-04T23:00Z")
    Cache(kk).assert_sound()


def test_refresh_of_what_is_well_changes_nothing(kk, replica):
    kk.get("ETHUSDT", "1h", "2024-03-04", "2024-03-04", "auto").ok()
    before = kk.get("ETHUSDT", "1h", "2024-03-04", "2024-03-04", "cache").ok().out
    told = json_of(kk("cache", "refresh", "ETHUSDT", "1h", "--json"))
    assert all(each["changed"] == [] for each in (told if isinstance(told, list) else [told]))
    assert kk.get("ETHUSDT", "1h", "2024-03-04", "2024-03-04", "cache").ok().out == before


# -- a cache that cannot be used ------------------------------------------------------------------------------------------


@pytest.fixture(params=["a file", "below a file", "the market is a file", "the data is a file"])
def unusable(kk, request, tmp_path):
    """Far down, as a home may be: the message names all of it."""
    root = tmp_path.joinpath(*["folder"] * 12, "unusable")
    root.parent.mkdir(parents=True)
    if request.param == "a file":
        root.write_text("in the way")
    elif request.param == "below a file":
        root.write_text("in the way")
        root = root / "cache"
    else:
        blocked = root / ("spot" if "market" in request.param else "spot/data")
        blocked.parent.mkdir(parents=True)
        blocked.write_text("in the way")
    return root


@pytest.mark.parametrize("source", ["auto", "rest", "vision"])
def test_it_never_costs_the_answer(kk, replica, unusable, source):
    result = kk("get", "ETHUSDT", "1h", "--start", "2024-03-04", "--end", "2024-03-04", "--source", source, "--cache-dir", unusable)
    assert values(result) == truth(replica, "spot", "ETHUSDT", "1h", "2024-03-04", "2024-03-04T23:00Z")
    assert "cache" in result.err.lower(), "no warning"
    assert list(replica.log()) and shape(replica)
    result, report = kk.report("ETHUSDT", "1h", "2024-03-04", "2024-03-04", source, "--cache-dir", unusable)
    assert any("cache" in note.lower() for note in report["notes"])


@pytest.mark.parametrize("command", COMMANDS, ids=lambda c: c[0])
def test_commands_of_the_cache_exit_9(kk, replica, unusable, command):
    if unusable.is_dir():
        assert kk("cache", *command, "--cache-dir", unusable).code in (0, 9)
    else:
        result = kk("cache", *command, "--cache-dir", unusable)
        assert result.code == 9 and str(unusable) in result.err


def test_offline_over_an_unusable_cache(kk, replica, unusable):
    with Ear() as ear:
        assert kk.get("ETHUSDT", "1h", "2024-03-04", "2024-03-04", "cache", "--cache-dir", unusable, env=ear.env).code in (6, 9)
        assert ear.knocks() == 0


def test_without_a_home_for_a_cache_the_answer_comes_all_the_same(kk, replica):
    homeless = {"HOME": "", "XDG_CACHE_HOME": ""}
    words = ("get", "ETHUSDT", "1h", "--start", "2024-03-04", "--end", "2024-03-04", "-f", "csv")
    result = kk(*words, env=homeless).ok()
    assert len(result.rows) == 24 and "no place for the cache" in result.err
    quiet = kk(*words, "--no-cache", env=homeless).ok()
    assert quiet.out == result.out and quiet.err == ""
    assert kk(*words, "--source", "cache", env=homeless).code == 9
    assert kk("cache", "validate", env=homeless).code == 9


def test_a_symbol_that_is_unknown_leaves_no_folder_behind(kk, replica):
    assert kk.get("NOSUCHUSDT", "1h", "2024-03-04", "2024-03-05", "auto").code == 7
    assert list((kk.home / "cache").rglob("*NOSUCH*")) == []
