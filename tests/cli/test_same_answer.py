"""C8: the same bytes cold, warm, offline and without a cache, whatever came first and from where; and warm asks nothing."""

import random

import pytest
from cache_support import NO_SOURCE, Cache, asked, truth, values

INTERVALS = ["1s", "1m", "3m", "5m", "15m", "30m", "1h", "2h", "4h", "6h", "8h", "12h", "1d", "3d", "1w", "1M"]
SECONDS = dict(zip(INTERVALS, [1, 60, 180, 300, 900, 1800, 3600, 7200, 14400, 21600, 28800, 43200, 86400, 3 * 86400, 7 * 86400, 31 * 86400]))
SERIES = [("spot", "ETHUSDT"), ("um", "ETHUSDT"), ("cm", "ETHUSD_PERP")]  # of which the three data sets agree
CASES = [(m, s, i) for m, s in SERIES for i in INTERVALS if not (i == "1s" and m != "spot")]
BEGIN, END = 1_640_995_200_000, 1_746_057_600_000  # 2022-01-01 to 2025-05-01, over the change to microseconds
ARCHIVE_HAS_HOLES = ("3d", "1w", "1M")


def window(rng, interval, sizes):
    step = SECONDS[interval] * 1000
    bars = min(rng.choice(sizes), (END - BEGIN) // step // 2)
    start = rng.randrange(BEGIN, END - bars * step)
    return start, start + bars * step


def slices(rng, start, end, count):
    """[start, end] cut anywhere, in random order, both ends inclusive; some overlap."""
    cuts = sorted(rng.sample(range(start + 1, end), count - 1))
    parts = [(a, b - 1) for a, b in zip([start, *cuts], [*cuts, end + 1])]
    parts = [(a, min(end, b + rng.choice([0, 0, (end - start) // 10]))) for a, b in parts]
    rng.shuffle(parts)
    return parts


def offline(kk, symbol, interval, start, end, *more, **options):
    return kk.get(symbol, interval, start, end, "cache", *more, env=NO_SOURCE, **options).ok()


@pytest.mark.parametrize("market, symbol, interval", CASES)
def test_random_windows_cold_warm_offline_without_cache_and_in_slices(kk, replica, tmp_path, market, symbol, interval):
    rng = random.Random(f"same {market} {interval}")
    start, end = window(rng, interval, [40, 300, 1200])
    arguments = (symbol, interval, start, end)
    cold = kk.get(*arguments, "auto", market=market).ok()
    assert values(cold) == truth(replica, market, *arguments)
    replica.clear_log()
    warm, report = kk.report(*arguments, "auto", market=market)
    assert warm.ok().out == cold.out
    assert asked(replica) == []
    assert (report["requests"], report["bytes"], report["complete"]) == (0, 0, True)
    assert set(report["rows_by_source"]) == {"cache"}
    assert offline(kk, *arguments, market=market).out == cold.out
    before = Cache(kk).contents()
    assert kk.get(*arguments, "auto", "--no-cache", market=market).ok().out == cold.out
    assert Cache(kk).contents() == before, "--no-cache wrote"

    other = Cache(kk, tmp_path / "slices")
    sources = ["auto", "rest"] if interval in ARCHIVE_HAS_HOLES else ["auto", "rest", "vision"]
    for begin, stop in slices(rng, start, end, 4):
        kk.get(symbol, interval, begin, stop, rng.choice(sources), *other.flags(), market=market).ok()
    assert offline(kk, *arguments, *other.flags(), market=market).out == cold.out
    other.assert_sound()


@pytest.mark.parametrize("first", ["vision", "rest"])
@pytest.mark.parametrize("market, symbol", SERIES)
@pytest.mark.parametrize("interval", ["1m", "1h", "1d"])
def test_what_one_source_brought_auto_and_cache_answer_alike(kk, replica, market, symbol, interval, first):
    start, end = window(random.Random(f"first {market} {interval}"), interval, [200])
    enforced = kk.get(symbol, interval, start, end, first, market=market).ok()
    replica.clear_log()
    for source in ("auto", "cache", first):
        assert kk.get(symbol, interval, start, end, source, market=market).ok().out == enforced.out
    assert asked(replica) == []
    assert values(enforced) == truth(replica, market, symbol, interval, start, end)


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("interval, bars", [("1m", 6 * 1440), ("1h", 24 * 75), ("1d", 400)])
def test_many_slices_over_months_from_random_sources(kk, replica, interval, bars, seed):
    """Pitfalls 2, 3, 4: a month is never overwritten by its last slice, nor a window stored under its first month."""
    rng = random.Random(f"many {interval} {seed}")
    start, end = window(rng, interval, [bars])
    for begin, stop in slices(rng, start, end, 9):
        kk.get("ETHUSDT", interval, begin, stop, rng.choice(["auto", "rest", "vision"])).ok()
    replica.clear_log()
    whole = kk.get("ETHUSDT", interval, start, end, "auto").ok()
    assert asked(replica) == []
    assert values(whole) == truth(replica, "spot", "ETHUSDT", interval, start, end)
    assert offline(kk, "ETHUSDT", interval, start, end).out == whole.out
    Cache(kk).assert_sound()


@pytest.mark.parametrize("interval, start, end", [("1m", "2024-02-28T00:00Z", "2024-03-02T23:59Z"), ("1h", "2023-11-01", "2024-02-29"), ("1w", "2022-01-03", "2023-12-25")])
def test_every_window_inside_a_warm_one_is_answered_from_it(kk, replica, interval, start, end):
    whole = kk.get("ETHUSDT", interval, start, end, "auto").ok()
    replica.clear_log()
    rng = random.Random(interval)
    lines = whole.text.splitlines(keepends=True)
    for _ in range(8):
        a, b = sorted(rng.sample(range(1, len(lines)), 2))
        part = kk.get("ETHUSDT", interval, lines[a].split(",")[0], lines[b].split(",")[0], "auto").ok()
        assert part.text == lines[0] + "".join(lines[a : b + 1])
    assert asked(replica) == []


def test_one_cached_row_never_suppresses_the_fetch_of_the_rest(kk, replica):
    """Pitfalls 2 and 29: a hit is full coverage, not any overlap."""
    one = kk.get("ETHUSDT", "1h", "2024-03-10T05:00Z", "2024-03-10T05:00Z", "auto").ok()
    assert len(one.rows) == 1
    wide = kk.get("ETHUSDT", "1h", "2024-02-20", "2024-04-10", "auto").ok()
    assert values(wide) == truth(replica, "spot", "ETHUSDT", "1h", "2024-02-20", "2024-04-10T23:00Z")


def test_series_never_answer_for_each_other(kk, replica):
    """Pitfalls 1, 38, 39: symbol, interval and market are each a part of the key; 1m is not 1M."""
    series = [("spot", "BTCUSDT", "1m"), ("spot", "BTCUSDT", "1M"), ("spot", "ETHUSDT", "1m"), ("um", "BTCUSDT", "1m"), ("um", "ETHUSDT", "1M")]
    answers = {each: kk.get(each[1], each[2], "2024-01-01", "2024-01-01", "auto", market=each[0]).ok().out for each in series}
    assert len(set(answers.values())) == len(series)
    replica.clear_log()
    for (market, symbol, interval), out in answers.items():
        assert kk.get(symbol, interval, "2024-01-01", "2024-01-01", "auto", market=market).ok().out == out
    assert asked(replica) == []
    folders = {str(p.parent.relative_to(Cache(kk).root)) for p in Cache(kk).partitions()}
    assert folders == {"spot/data/BTCUSDT/1m", "spot/data/BTCUSDT/1mo", "spot/data/ETHUSDT/1m", "um/data/BTCUSDT/1m", "um/data/ETHUSDT/1mo"}


@pytest.mark.parametrize("more", [["--columns", "close,trades"], ["-f", "json"], ["--time", "iso"], ["--fill", "ffill"], ["--fill", "nan"], ["-f", "arrow", "-o", "{}"], ["-f", "parquet", "-o", "{}"]], ids=" ".join)
def test_every_form_of_output_is_the_same_cold_and_warm(kk, replica, tmp_path, more):
    """Over an outage, so that there is something to fill."""
    outputs = []
    for name, extra in (("cold", []), ("warm", []), ("offline", ["--source", "cache"]), ("without", ["--no-cache"])):
        path = tmp_path / name
        flags = [word.format(path) for word in more]
        result = kk("get", "BTCUSDT", "1m", "--start", "2021-02-11", "--end", "2021-02-11", "-q", *(extra or ["--source", "auto"]), *flags).ok()
        outputs.append(result.out + (path.read_bytes() if path.exists() else b""))
    assert outputs[0] and outputs == [outputs[0]] * 4
