"""A partition of a newer format is named and left alone by every command; those of older ones are read for ever."""

import gzip
import json
import os
import pathlib
import time

import partition_file
import pytest
from cache_support import NO_SOURCE, Cache, truth, values
from partition_file import PartitionFile

DAY = ("ETHUSDT", "1h", "2024-03-04", "2024-03-04")
GOLDEN = pathlib.Path(__file__).resolve().parent.parent / "data" / "cache"


@pytest.fixture(params=["base", "tail"])
def newer(kk, replica, request):
    """As a later klinekeep may have left it: another format, a field that is not known here."""
    kk.get(*DAY, "auto").ok()
    base = Cache(kk).partition("ETHUSDT", "1h")
    part = PartitionFile(base)
    about = {**part.about, "format": 3, "novelty": {"any": "thing"}}
    path = Cache(kk).partition("ETHUSDT", "1h", tail=request.param == "tail")
    base.unlink()
    partition_file.write(path, part.table, about)
    return path


def state(path):
    return path.read_bytes(), path.stat().st_ino, path.stat().st_mtime_ns


@pytest.mark.parametrize(
    "command, code, is_named",
    [
        (["get", *DAY[:2], "--start", DAY[2], "--end", DAY[3]], 0, True),
        (["get", *DAY[:2], "--start", DAY[2], "--end", DAY[3], "--source", "rest", "--verify", "always"], 0, True),
        (["get", *DAY[:2], "--start", DAY[2], "--end", DAY[3], "--source", "cache"], 6, True),
        (["plan", *DAY[:2], "--start", DAY[2], "--end", DAY[3]], 0, False),
        (["cache", "validate"], 4, True),
        (["cache", "repair"], 4, True),
        (["cache", "repair", *DAY[:2], "--date", "2024-03-04"], 4, False),
        (["cache", "refresh"], 0, True),
        (["cache", "ls"], 0, False),
        (["cache", "stats"], 0, False),
        (["cache", "reindex"], 0, False),
        (["cache", "prune", "--max-size", "1G", "--max-age", "90d"], 0, False),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else None,
)
def test_every_command_leaves_it_alone_and_who_reads_it_names_it(kk, replica, newer, command, code, is_named):
    before = state(newer)
    result = kk(*command)
    assert result.code == code, result.text + result.err
    if is_named:
        assert newer.name in result.text + result.err or "2024-03" in result.text + result.err
        assert "format 3" in result.text + result.err or "newer format" in result.err
    if command[0] == "get" and code == 0:
        assert values(result) == truth(replica, "spot", "ETHUSDT", "1h", "2024-03-04", "2024-03-04T23:00Z")
    assert state(newer) == before
    assert Cache(kk).quarantined() == []


def test_it_is_listed_with_its_size(kk, newer):
    (entry,) = json.loads(kk("cache", "ls", "--json").ok().text)
    assert (entry["month"], entry["bytes"]) == ("2024-03", newer.stat().st_size)


def test_limits_hold_for_it_as_for_any_other(kk, newer):
    os.utime(newer, (time.time() - 100 * 86_400,) * 2)
    kk("cache", "prune", "--max-age", "90d").ok()
    assert not newer.exists()


def golden_files():
    return sorted(str(p.relative_to(GOLDEN)) for p in GOLDEN.rglob("*") if p.is_file())


def test_golden_files_of_every_shape_are_there():
    """What a partition can look like: each is in a file that is read for ever."""
    seen = set()
    for name in golden_files():
        path = GOLDEN / name
        if name.endswith(".gz"):
            continue
        part = PartitionFile(path)
        seen |= {path.parts[-5], path.parts[-2], "tail" if ".tail." in name else "base", f"{len(part.record_batches)} batches"}
        seen |= {answered["origin"] for answered in part.coverage("answered")} | {answered["trust"] for answered in part.coverage("answered")}
        seen |= {f"{hole['origin']} holes" for hole in part.coverage("holes")}
        seen |= {"weak holes" if hole["weak"] else "holes asked again" for hole in part.coverage("holes") if hole["weak"] or hole["asked"] != hole["learnt"]}
        seen |= {"off grid"} if part.coverage("off_grid") else set()
        seen |= {"files"} if part.coverage("files") else set()
        seen |= {"no ASCII"} if not part.about["symbol"].isascii() else set()
    assert seen >= {"spot", "um", "cm", "1h", "4h", "1d", "3d", "1w", "1mo", "base", "tail", "0 batches", "1 batches"}
    assert seen >= {"daily", "monthly", "rest", "verified", "etag", "unverified", "daily holes", "monthly holes", "rest holes", "weak holes", "holes asked again", "off grid", "files", "no ASCII"}
    assert "spot/data/TWOBATCHES/1s/202403.arrow.gz" in golden_files(), "more rows than a batch has"


def test_the_golden_file_of_two_batches_is_read(kk, replica):
    """It is 6 MB, and so kept packed."""
    path = Cache(kk).partition("TWOBATCHES", "1s")
    path.parent.mkdir(parents=True)
    path.write_bytes(gzip.decompress((GOLDEN / "spot/data/TWOBATCHES/1s/202403.arrow.gz").read_bytes()))
    assert kk("cache", "validate").code == 0
    part = partition_file.check(path, 1000)
    assert [batch.num_rows for batch in part.record_batches] == [65_536, 20_864]
    rows = kk.get("TWOBATCHES", "1s", "2024-03-01", "2024-03-01", "cache", "--columns", "close", env=NO_SOURCE).ok().rows
    assert [float(row["close"]) for row in rows] == part.table["close"].to_pylist()
