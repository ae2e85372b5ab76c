"""Damage by the dozen to a cache that was made on the replica: what the commands say, and that all is healed in the end.

The law itself has its 1,000 trials in tests/store/corruption_test.cpp.
"""

import json
import random
import shutil

import pytest
from cache_support import NO_SOURCE, Cache, damage

REQUESTS = [
    ("ETHUSDT", "1h", "2024-03-01", "2024-03-31", "auto", "spot"),
    ("ETHUSDT", "1h", "2024-02-01", "2024-02-29", "auto", "spot"),
    ("BTCUSDT", "1h", "2024-03-03", "2024-03-20", "rest", "spot"),
    ("BTCUSDT", "1m", "2024-03-04", "2024-03-05", "auto", "um"),
    ("BTCUSDT", "1w", "2023-12-01", "2024-03-25", "auto", "spot"),
]
TRIALS = range(16)


def answer(kk, request, source=None, **options):
    *words, market = request
    return kk.get(*words[:4], source or words[4], market=market, **options)


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    return tmp_path_factory.mktemp("made")


@pytest.fixture
def cache(kk, replica, made):
    """Made once, copied for each trial; and the answers that it gives."""
    root, answers = made / "klinekeep", made / "answers.json"
    if not answers.exists():
        told = [answer(kk, request).ok().text for request in REQUESTS]
        shutil.copytree(Cache(kk).root, root)
        answers.write_text(json.dumps(told))
    else:
        shutil.copytree(root, Cache(kk).root)
    return Cache(kk), json.loads(answers.read_text())


def damaged(seed, cache):
    rng = random.Random(seed)
    before = cache.contents()
    for _ in range(rng.randint(1, 3)):
        damage(rng, cache.partitions())
    return {name for name, data in cache.contents().items() if data != before[name]}


@pytest.mark.parametrize("seed", TRIALS)
def test_no_wrong_value_comes_out_and_it_is_healed_and_told(kk, replica, cache, seed):
    cache, expected = cache
    names = damaged(seed, cache)
    found = json.loads(kk("cache", "validate", "--json").text)
    assert {finding["path"].removeprefix(f"{cache.root}/") for finding in found} <= names
    for request, told in zip(REQUESTS, expected):
        offline = answer(kk, request, "cache", env=NO_SOURCE)
        assert offline.text in ("", told), "a wrong value"
        assert (offline.code == 0) == (offline.text == told)
    bad = bool(cache.quarantined())
    assert bad == bool(found), "validate and get are not of one mind"
    for request, told in zip(REQUESTS, expected):
        assert answer(kk, request).ok().text == told
    cache.assert_sound()


@pytest.mark.parametrize("seed", [seed + 1000 for seed in TRIALS[:8]])
def test_repair_heals_what_validate_found_and_says_what_was_wrong(kk, replica, cache, seed):
    cache, expected = cache
    damaged(seed, cache)
    found = json.loads(kk("cache", "validate", "--json").text)
    result = kk("cache", "repair", "--json")
    assert result.code == 0, result.text + result.err
    repaired = json.loads(result.text)
    assert {(each["symbol"], each["interval"], each["month"]) for each in repaired} == {(each["symbol"], each["interval"], each["month"]) for each in found}
    assert all(each["sound"] and each["was"] in [finding["what"] for finding in found] for each in repaired)
    cache.assert_sound()
    assert bool(cache.quarantined()) == bool(found)
    for request, told in zip(REQUESTS, expected):
        assert answer(kk, request).ok().text == told
