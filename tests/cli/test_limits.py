"""Limits of the cache by configuration: kept at the end of each request that has written, on the machine's clock."""

import os
import time

import pytest
from cache_support import NO_SOURCE, Cache, truth, values

MONTHS = ("202401", "202402", "202403")
NEW = ("ETHUSDT", "1h", "2024-04-04", "2024-04-05", "rest")


def used(path, days_ago):
    os.utime(path, (time.time() - days_ago * 86_400,) * 2)


@pytest.fixture
def cache(kk):
    """Three months, last used 9, 3 and 6 days ago."""
    for month, days in zip(MONTHS, (9, 3, 6)):
        kk.get("ETHUSDT", "1h", f"{month[:4]}-{month[4:]}-04", f"{month[:4]}-{month[4:]}-05", "rest").ok()
        used(Cache(kk).partition("ETHUSDT", "1h", month), days)
    return Cache(kk)


def left(cache):
    return sorted(p.name[:6] for p in cache.partitions())


def size(cache):
    return sum(p.stat().st_size for p in cache.partitions())


def config(kk, text):
    path = kk.home / "config/klinekeep/config.toml"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


def test_without_any_nothing_goes_and_nothing_is_counted(kk, cache):
    kk.get(*NEW).ok()
    assert left(cache) == [*MONTHS, "202404"]
    assert not (cache.root / "metadata").exists()


def test_by_size_the_least_recently_used_go(kk, cache):
    kk.env["KLINEKEEP_CACHE_MAX_SIZE"] = str(size(cache) + 1)
    result, report = kk.report(*NEW)
    assert result.code == 0 and len(result.rows) == 48
    assert left(cache) == ["202402", "202404"], "a twentieth more than needed is freed: two of three"
    assert any("limits" in note and "2 least recently used partitions removed" in note for note in report["notes"])
    cache.assert_sound()


def test_by_age_of_use(kk, cache):
    kk.env["KLINEKEEP_CACHE_MAX_AGE"] = "6d"
    kk.get(*NEW).ok()
    assert left(cache) == ["202402", "202404"]


def test_they_run_on_the_machines_clock(kk, cache):
    kk.env["KLINEKEEP_CACHE_MAX_AGE"] = "20d"
    kk.get(*NEW, env={"KLINEKEEP_NOW": "2026-09-24T12:00:00Z"}).ok()
    assert left(cache) == [*MONTHS, "202404"]


def test_the_file_sets_them_and_the_environment_goes_over_it(kk, cache):
    config(kk, 'cache_max_size = "1K"\ncache_max_age = "1d"\n')
    kk.get(*NEW, env={"KLINEKEEP_CACHE_MAX_SIZE": "1G", "KLINEKEEP_CACHE_MAX_AGE": "7d"}).ok()
    assert left(cache) == ["202402", "202403", "202404"]
    kk.get("ETHUSDT", "1h", "2024-05-04", "2024-05-05", "rest").ok()
    assert left(cache) == ["202404", "202405"], "what was used within the last minute stays, however small the limit"


def test_a_request_that_writes_nothing_removes_nothing(kk, cache):
    kk.env["KLINEKEEP_CACHE_MAX_SIZE"] = "0"
    kk.get("ETHUSDT", "1h", "2024-01-04", "2024-01-05", "rest").ok()
    kk.get("ETHUSDT", "1h", "2024-01-04", "2024-01-05", "cache", env=NO_SOURCE).ok()
    assert left(cache) == list(MONTHS)


def test_an_answer_over_more_than_the_limit_is_whole(kk, replica, cache):
    """Its own partitions may go; what it reads stays valid."""
    kk.env["KLINEKEEP_CACHE_MAX_SIZE"] = "1K"
    result = kk.get("ETHUSDT", "1h", "2024-01-04", "2024-06-05", "auto")
    assert values(result) == truth(replica, "spot", "ETHUSDT", "1h", "2024-01-04", "2024-06-05T23:00Z")
    cache.assert_sound()
    assert values(kk.get("ETHUSDT", "1h", "2024-01-04", "2024-06-05", "auto")) == values(result)


@pytest.mark.parametrize(
    "variable, word, form",
    [
        ("KLINEKEEP_CACHE_MAX_SIZE", "20g", "a size"),
        ("KLINEKEEP_CACHE_MAX_SIZE", "-1", "a size"),
        ("KLINEKEEP_CACHE_MAX_AGE", "5y", "an age"),
        ("KLINEKEEP_CACHE_MAX_AGE", "-1s", "an age"),
        ("KLINEKEEP_CACHE_MAX_AGE", "900ms", "an age"),
        ("KLINEKEEP_CACHE_MAX_AGE", "0.9s", "an age"),
    ],
)
def test_a_bad_word_is_refused_and_told_where_it_stands(kk, replica, cache, variable, word, form):
    result = kk.get(*NEW, env={variable: word})
    assert result.code == 2
    assert variable in result.err and word in result.err and form in result.err
    config(kk, f'{variable.removeprefix("KLINEKEEP_").lower()} = "{word}"\n')
    result = kk.get(*NEW)
    assert result.code == 2
    assert f'config.toml:1 ({variable.removeprefix("KLINEKEEP_").lower()}): ' in result.err
    assert left(cache) == list(MONTHS)


def test_rubbish_in_what_is_remembered_is_counted_anew(kk, cache):
    kk.env["KLINEKEEP_CACHE_MAX_AGE"] = "6d"
    (cache.root / "metadata").mkdir()
    (cache.root / "metadata/usage.json").write_text("rubbish")
    kk.get(*NEW).ok()
    assert left(cache) == ["202402", "202404"]


def test_limits_that_cannot_be_kept_do_not_cost_the_answer(kk, cache):
    kk.env["KLINEKEEP_CACHE_MAX_AGE"] = "6d"
    (cache.root / "metadata").write_text("in the way")
    result, report = kk.report(*NEW)
    assert result.code == 0 and len(result.rows) == 48
    assert any("limits" in note for note in report["notes"])
