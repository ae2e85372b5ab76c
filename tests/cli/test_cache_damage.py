"""Damage: `cache validate` finds it and names the file, `get` and `cache repair` heal it, and no wrong value ever comes out."""

import json
import os
import random
import shutil

import pyarrow as pa
import pytest
from cache_support import NO_SOURCE, Cache, asked, patience, truth, values

MONTH = ("ETHUSDT", "1h", "2024-03-01", "2024-03-31")


def month_truth(replica):
    return truth(replica, "spot", "ETHUSDT", "1h", "2024-03-01", "2024-03-31T23:00Z")


@pytest.fixture
def path(kk):
    """A partition with a month in it, and neighbours that are well."""
    kk.get(*MONTH, "auto").ok()
    kk.get("ETHUSDT", "1h", "2024-02-01", "2024-02-29", "auto").ok()
    kk.get("BTCUSDT", "1h", "2024-03-04", "2024-03-04", "auto").ok()
    return Cache(kk).partition("ETHUSDT", "1h")


def foreign(path):
    with pa.ipc.new_file(str(path), pa.schema([("a", pa.int64())])) as writer:
        writer.write_batch(pa.record_batch([pa.array([1])], names=["a"]))


def without_our_footer(path):
    table = pa.ipc.open_file(pa.BufferReader(path.read_bytes())).read_all()
    with pa.ipc.new_file(str(path), table.schema) as writer:
        writer.write_table(table)


def as_parquet(path):
    import pyarrow.parquet

    table = pa.ipc.open_file(pa.BufferReader(path.read_bytes())).read_all()
    pyarrow.parquet.write_table(table, path)


def flip(path, offset):
    data = bytearray(path.read_bytes())
    data[offset] ^= 0x10
    replace(path, bytes(data))


def replace(path, data):
    """As a bad disk would leave it, but in a new inode: nothing is written in place."""
    new = path.with_name("new")
    new.write_bytes(data)
    new.rename(path)


DAMAGES = {
    "empty": lambda p: replace(p, b""),
    "one byte": lambda p: replace(p, b"A"),
    "magic only": lambda p: replace(p, b"ARROW1\0\0ARROW1"),
    "truncated": lambda p: replace(p, p.read_bytes()[:-100]),
    "half": lambda p: replace(p, p.read_bytes()[: p.stat().st_size // 2]),
    "head cut off": lambda p: replace(p, p.read_bytes()[64:]),
    "rubbish": lambda p: replace(p, random.Random(1).randbytes(50_000)),
    "rubbish of the same size": lambda p: replace(p, random.Random(2).randbytes(p.stat().st_size)),
    "zeros of the same size": lambda p: replace(p, bytes(p.stat().st_size)),
    "zeros in the middle": lambda p: replace(p, p.read_bytes()[:8192] + bytes(4096) + p.read_bytes()[12288:]),
    "longer": lambda p: replace(p, p.read_bytes() + b"more"),
    "a value": lambda p: flip(p, 20_000),
    "the footer": lambda p: flip(p, p.stat().st_size - 600),
    "foreign Arrow": foreign,
    "our columns without our footer": without_our_footer,
    "Parquet": as_parquet,
    "text": lambda p: replace(p, b"open_time,open\n"),
    "another symbol's": lambda p: replace(p, (p.parents[2] / "BTCUSDT/1h/202403.arrow").read_bytes()),
    "another month's": lambda p: replace(p, p.with_name("202402.arrow").read_bytes()),
}


@pytest.mark.parametrize("damage", DAMAGES)
def test_validate_finds_it_and_get_heals_it(kk, replica, path, damage):
    """Pitfalls 33, 34, 35."""
    expected = month_truth(replica)
    DAMAGES[damage](path)
    result = kk("cache", "validate")
    assert result.code == 4
    (line,) = result.text.splitlines()
    assert "ETHUSDT" in line and path.name in line
    assert kk("cache", "validate", "ETHUSDT", "1h").code == 4
    assert kk("cache", "validate", "BTCUSDT").code == 0, "one bad file spoils another"
    assert path.exists(), "validate changed something"
    healed, report = kk.report(*MONTH, "auto")
    assert values(healed) == expected
    assert any(path.name in note or "2024-03" in note for note in report["notes"]), "healed in silence"
    assert Cache(kk).quarantined()
    Cache(kk).assert_sound()
    replica.clear_log()
    assert kk.get(*MONTH, "cache").ok().out == healed.out
    assert kk.get("ETHUSDT", "1h", "2024-02-01", "2024-02-29", "auto").ok().rows
    assert asked(replica) == []


@pytest.mark.parametrize("damage", DAMAGES)
def test_repair_heals_it_and_says_so(kk, replica, path, damage):
    expected = month_truth(replica)
    DAMAGES[damage](path)
    result = kk("cache", "repair")
    assert result.code == 0, result.err
    assert "2024-03" in result.text and "ETHUSDT" in result.text
    Cache(kk).assert_sound()
    assert values(kk.get(*MONTH, "auto")) == expected
    assert Cache(kk).quarantined()


# What the first repair is told of whom to ask: nothing of this exchange is known, nobody answers, or one part fails.
NO_REPAIRS = {
    "whose hosts nobody knows": ({"KLINEKEEP_UPSTREAM": "mine", "KLINEKEEP_REST_URL": "", "KLINEKEEP_VISION_URL": ""}, 2),
    "that does not answer": (NO_SOURCE, 4),
}


@pytest.mark.parametrize("damage", ["a value", "the footer"])
@pytest.mark.parametrize("exchange", NO_REPAIRS)
def test_what_a_repair_could_not_fetch_is_found_by_the_next_one(kk, replica, damage, exchange):
    kk.env["KLINEKEEP_UPSTREAM"] = "mine"
    kk.get(*MONTH, "auto").ok()
    cache = Cache(kk)
    path = cache.root / "@mine" / cache.partition("ETHUSDT", "1h").relative_to(cache.root)
    DAMAGES[damage](path)
    found = kk("cache", "validate").text
    bad = path.read_bytes()
    env, code = NO_REPAIRS[exchange]
    failed = kk("cache", "repair", env=env)
    assert failed.code == code, failed.err
    assert path.read_bytes() == bad and cache.quarantined() == []
    assert kk("cache", "validate").text == found
    repaired = kk("cache", "repair").ok()
    assert "2024-03: sound now" in repaired.text
    (why,) = [name for name in cache.quarantined() if name.endswith(".why")]
    assert (cache.root / why).read_text().strip() in found, "the sentence beside it says what was wrong"
    assert values(kk.get(*MONTH, "cache")) == month_truth(replica)


def test_a_repair_that_a_part_fails_keeps_nothing_of_the_others(kk, replica, path):
    """Half a month in its place would be called sound by the next one."""
    DAMAGES["the footer"](path)
    replica.fault(match=r"(monthly|2024-03-15)[^/]*\.zip$|ETHUSDT-1h-2024-03\.zip$", kind="status", status=404)
    replica.fault(match=r"/klines\?", kind="status", status=500)
    patience(kk, 1_500)
    assert kk("cache", "repair").code == 4
    replica.clear()
    assert path.exists()
    kk("cache", "repair").ok()
    assert values(kk.get(*MONTH, "cache")) == month_truth(replica)


def test_a_repair_of_3d_leaves_the_damaged_month_before(kk, replica):
    """The last candle of a month covers the first days of the next one, so that it is asked for both."""
    kk.get("ETHUSDT", "3d", "2024-02-01", "2024-03-31", "auto").ok()
    whole = kk.get("ETHUSDT", "3d", "2024-02-01", "2024-03-31", "cache").ok().out
    february, march = (Cache(kk).partition("ETHUSDT", "3d", month) for month in ("202402", "202403"))
    for path in (february, march):
        DAMAGES["the footer"](path)
    bad = february.read_bytes()
    kk("cache", "repair", "ETHUSDT", "3d", "--date", "2024-03").ok()
    assert february.read_bytes() == bad
    kk("cache", "repair").ok()
    assert kk.get("ETHUSDT", "3d", "2024-02-01", "2024-03-31", "cache").ok().out == whole


def test_a_refresh_names_what_is_damaged_and_leaves_it_to_repair(kk, replica, path):
    DAMAGES["the footer"](path)
    told = kk("cache", "refresh", "ETHUSDT", "1h")
    assert path.name in told.text + told.err and "a repair fetches again" in told.text + told.err
    assert path.exists()
    kk("cache", "repair").ok()
    assert values(kk.get(*MONTH, "cache")) == month_truth(replica)


def test_a_get_that_cannot_fetch_it_again_says_that_it_was_damaged(kk, replica, path):
    DAMAGES["a value"](path)
    failed = kk.get(*MONTH, "auto", env=NO_SOURCE)
    assert failed.code == 8 and "its file of 2024-03 was damaged" in failed.err


@pytest.mark.parametrize("seed", range(12))
def test_a_flipped_bit_anywhere_never_changes_an_answer(kk, replica, path, seed):
    """Either it is found, or it is where it bears on no answer (padding)."""
    expected = kk.get(*MONTH, "cache").ok().out
    rng = random.Random(seed)
    size = path.stat().st_size
    flip(path, rng.choice([rng.randrange(size), rng.randrange(size - 1500, size), rng.randrange(1500)]))
    found = kk("cache", "validate").code
    offline = kk.get(*MONTH, "cache", env=NO_SOURCE)
    assert (found, offline.code) in ((0, 0), (4, 4))
    assert offline.out in (expected, b"")
    assert kk.get(*MONTH, "auto").ok().out == expected
    Cache(kk).assert_sound()


def test_offline_a_damaged_month_goes_to_the_quarantine_and_is_a_miss_from_then_on(kk, replica, path):
    flip(path, 20_000)
    result = kk.get(*MONTH, "cache")
    assert (result.code, result.out) == (4, b"")
    assert "damaged" in result.err and "2024-03-01T00:00:00Z to 2024-03-31T23:00:00Z" in result.err
    result = kk.get(*MONTH, "cache")
    assert (result.code, result.out) == (6, b"")
    assert not path.exists() and len(Cache(kk).quarantined()) >= 1
    assert kk("cache", "validate").code == 0, "a missing partition is no finding, nor is the quarantine"


def test_the_quarantined_bytes_are_kept(kk, replica, path):
    flip(path, 20_000)
    bad = path.read_bytes()
    kk.get(*MONTH, "auto").ok()
    cache = Cache(kk)
    assert bad in [(cache.root / name).read_bytes() for name in cache.quarantined()]


def test_a_merge_does_not_launder_corruption(kk, replica, path):
    """A day is added to a partition with a flipped bit elsewhere: it is not copied under a fresh sum."""
    feb = Cache(kk).partition("BTCUSDT", "1h")
    flip(feb, feb.stat().st_size // 2 if feb.stat().st_size < 6000 else 2500)
    kk.get("BTCUSDT", "1h", "2024-03-10", "2024-03-10", "auto").ok()
    for source in ("auto", "cache"):
        both = kk.get("BTCUSDT", "1h", "2024-03-04", "2024-03-04", source)
        if both.code == 0:
            assert values(both) == truth(replica, "spot", "BTCUSDT", "1h", "2024-03-04", "2024-03-04T23:00Z")
    Cache(kk).assert_sound()


def test_columns_that_are_not_asked_need_not_be_proven(kk, replica, path):
    """A bad close does not matter to who asks for open; what is answered is right either way."""
    full = kk.get(*MONTH, "cache").ok()
    opens = [row["open"] for row in full.rows]
    part = pa.ipc.open_file(pa.memory_map(str(path))).get_batch(0)
    data, values_ = path.read_bytes(), part.column(9).buffers()[1].to_pybytes()
    flip(path, data.index(values_) + 80)
    result = kk.get(*MONTH, "auto", "--columns", "open").ok()
    assert [row["open"] for row in result.rows] == opens
    assert kk.get(*MONTH, "auto").ok().out == full.out
    Cache(kk).assert_sound()


@pytest.mark.parametrize("more", [[], ["--verify", "always"], ["--verify", "auto"]], ids=" ".join)
def test_verify(kk, replica, path, more):
    expected = kk.get(*MONTH, "cache").ok().out
    assert kk.get(*MONTH, "cache", *more).ok().out == expected
    flip(path, 20_000)
    assert [kk.get(*MONTH, "cache", *more).code for _ in range(2)] == [4, 6]
    assert kk.get(*MONTH, "auto", "--verify", "sometimes").code == 2


def test_a_failed_get_over_damage_writes_no_byte(kk, replica, path, tmp_path):
    """All batches are proven before the first byte goes out."""
    flip(path, path.stat().st_size // 2)
    for more in ([], ["-f", "json"], ["-o", tmp_path / "out.csv"]):
        assert kk.get("ETHUSDT", "1h", "2024-02-01", "2024-03-31", "cache", *more).out == b""
    assert not (tmp_path / "out.csv").exists()


def test_findings_in_json(kk, replica, path):
    assert "202403" not in kk("cache", "validate", "--json").ok().text
    flip(path, 20_000)
    result = kk("cache", "validate", "--json")
    assert result.code == 4
    assert "202403" in json.dumps(json.loads(result.text))


def test_repair_of_what_is_well_does_nothing(kk, replica, path):
    before = Cache(kk).contents()
    replica.clear_log()
    assert kk("cache", "repair").code == 0
    assert kk("cache", "repair", "ETHUSDT").code == 0
    assert kk("cache", "repair", "ETHUSDT", "1h", "--json").code == 0
    assert asked(replica) == [] and Cache(kk).contents() == before


@pytest.mark.parametrize("hint", [True, False])
def test_repair_fetches_what_it_held_or_the_whole_month(kk, replica, hint):
    """The catalogue is a hint of what a garbage partition held; without it: the month."""
    kk.get("ETHUSDT", "1h", "2024-03-04", "2024-03-05", "rest").ok()
    path = Cache(kk).partition("ETHUSDT", "1h")
    kk("cache", "reindex").ok()
    if not hint:
        (Cache(kk).root / "spot/metadata/cache_index.json").unlink()
    replace(path, b"garbage")
    kk("cache", "repair", "ETHUSDT", "1h").ok()
    assert len(kk.get("ETHUSDT", "1h", "2024-03-04", "2024-03-05", "cache").ok().rows) == 48
    assert hint or len(kk.get(*MONTH, "cache").ok().rows) == 31 * 24


def test_temporaries_and_strangers_are_no_findings_and_stale_ones_go(kk, replica, path):
    stale = path.with_name(".202403.arrow.999999999-1.tmp")
    stale.write_bytes(b"half")
    stranger = path.with_name("notes.txt")
    stranger.write_text("mine")
    assert kk("cache", "validate").code == 0
    assert kk.get(*MONTH, "cache").ok()
    path.unlink()
    kk.get(*MONTH, "auto").ok()
    assert not stale.exists(), "a stale temporary stayed"
    assert stranger.read_text() == "mine", "what is not ours was touched"


def test_an_unreadable_name_in_the_way(kk, replica, path):
    """A folder where the partition belongs: nobody can write there, and the answer comes all the same."""
    path.unlink()
    path.mkdir()
    assert values(kk.get(*MONTH, "auto")) == month_truth(replica)
    shutil.rmtree(path)
    os.symlink("/nowhere/at/all", path)
    assert values(kk.get(*MONTH, "auto")) == month_truth(replica)


def test_a_rubbish_series_json_counts_as_nothing_known(kk, replica, path):
    facts = path.with_name("series.json")
    for rubbish in (b"", b"{", b"[]", b'{"format": 2, "first_candle": "yes"}', b'{"format": 1, "first_candle": 253402214400000}', b'{"format": 99, "first_candle": 253402214400000}'):
        facts.write_bytes(rubbish)
        assert values(kk.get(*MONTH, "auto")) == month_truth(replica)
        assert values(kk.get("ETHUSDT", "1h", "2024-04-04", "2024-04-04", "auto", "--cache-dir", Cache(kk).root)) == truth(replica, "spot", "ETHUSDT", "1h", "2024-04-04", "2024-04-04T23:00Z")
    assert kk("cache", "validate").code == 0
