"""docs/cache-format.md, checked by a second reader and writer: what klinekeep writes, and what it accepts from others."""

import datetime
import json

import duckdb
import partition_file
import polars
import pyarrow as pa
import pytest
from cache_support import DAY, HOUR, MINUTE, NO_SOURCE, Cache, asked, set_now, truth, values
from partition_file import PartitionFile, check
from replica_process import to_ms

STEPS = {"1s": 1000, "1m": MINUTE, "1h": HOUR, "1d": DAY}


def origins(part: PartitionFile) -> set[str]:
    return {each["origin"] for each in part.coverage("answered")}


@pytest.mark.parametrize(
    "market, symbol, interval, start, end, source, origin",
    [
        ("spot", "ETHUSDT", "1m", "2024-03-04", "2024-03-04", "auto", "daily"),
        ("spot", "ETHUSDT", "1m", "2024-03-01", "2024-03-31", "auto", "monthly"),
        ("spot", "ETHUSDT", "1m", "2024-03-04", "2024-03-05", "rest", "rest"),
        ("spot", "ETHUSDT", "1s", "2024-03-04", "2024-03-04", "vision", "daily"),
        ("spot", "ETHUSDT", "1d", "2023-01-01", "2024-12-31", "auto", "rest"),
        ("spot", "ETHUSDT", "1M", "2023-01-01", "2023-06-30", "rest", "rest"),
        ("spot", "ETHUSDT", "1w", "2023-01-01", "2023-06-30", "rest", "rest"),
        ("spot", "ETHUSDT", "3d", "2023-01-01", "2023-06-30", "rest", "rest"),
        ("um", "ETHUSDT", "1h", "2024-01-01", "2024-02-29", "auto", "monthly"),
        ("cm", "ETHUSD_PERP", "1h", "2024-03-04", "2024-03-04", "auto", "daily"),
        ("um", "币安人生USDT", "1h", "2026-03-04", "2026-03-04", "auto", "daily"),
    ],
)
def test_every_partition_is_as_the_document_says(kk, replica, market, symbol, interval, start, end, source, origin):
    result = kk.get(symbol, interval, start, end, source, market=market).ok()
    paths = Cache(kk).partitions()
    assert paths
    parts = [check(path, STEPS.get(interval)) for path in paths]
    assert set().union(*map(origins, parts)) == {origin}
    rows = sorted(open_time for part in parts for open_time in part.opens)
    assert set(result.times) <= set(rows)
    assert all({f["trust"] for f in part.coverage("files")} <= {"verified"} for part in parts)
    assert any(part.coverage("files") for part in parts) == (origin != "rest")


def test_others_read_the_same_values_without_us(kk, replica):
    result = kk.get("ETHUSDT", "1h", "2024-03-01", "2024-03-31", "auto").ok()
    path = Cache(kk).partition("ETHUSDT", "1h")
    table = pa.ipc.open_file(pa.memory_map(str(path))).read_all()
    assert table.schema.equals(partition_file.SCHEMA)
    as_text = values(result)
    columns = [table["open_time"].cast(pa.int64())] + [table[name] for name in table.schema.names[1:]]
    assert list(zip(*(map(float, c.to_pylist()) for c in columns))) == as_text
    candles = table
    assert polars.read_ipc(path)["close"].to_list() == table["close"].to_pylist()
    assert duckdb.sql("select sum(trades) from candles").fetchall()[0][0] == sum(table["trades"].to_pylist())
    assert table["open_time"][0].as_py() == datetime.datetime(2024, 3, 1, tzinfo=datetime.timezone.utc)


def test_coverage_tells_origin_holes_and_files(kk, replica):
    """The outage of 2021-02-11, seen by the archive and then by REST."""
    kk.get("BTCUSDT", "1m", "2021-02-11", "2021-02-11", "auto").ok()
    part = check(Cache(kk).partition("BTCUSDT", "1m", "202102"), MINUTE)
    hole = (to_ms("2021-02-11T03:41Z"), to_ms("2021-02-11T05:00Z"))
    assert [(h["begin"], h["end"], h["origin"]) for h in part.coverage("holes")] == [(*hole, "daily"), (*hole, "rest")]
    assert [(a["begin"], a["end"]) for a in part.coverage("answered", "daily")] == [(to_ms("2021-02-11"), to_ms("2021-02-12"))]
    assert [(a["begin"], a["end"]) for a in part.coverage("answered", "rest")] == [hole]
    (file,) = part.coverage("files")
    assert (file["name"], file["trust"]) == ("BTCUSDT-1m-2021-02-11.zip", "verified")
    answer = replica.get("/data/spot/daily/klines/BTCUSDT/1m/BTCUSDT-1m-2021-02-11.zip")
    checksum = replica.get("/data/spot/daily/klines/BTCUSDT/1m/BTCUSDT-1m-2021-02-11.zip.CHECKSUM")
    assert file["etag"] == answer.headers["etag"].strip('"')
    assert file["sha256"] == checksum.text.split()[0]


def test_a_month_that_is_all_gap_has_no_batch(kk, replica):
    replica.fault(match="/klines", kind="drop_rows", **{"from": "2024-02-01", "to": "2024-03-01"})
    kk.get("ETHUSDT", "1d", "2024-01-01", "2024-03-31", "rest").ok()
    part = check(Cache(kk).partition("ETHUSDT", "1d", "202402"), DAY)
    assert (part.table.num_rows, part.about["batches"]) == (0, [])
    assert [(h["begin"], h["end"]) for h in part.coverage("holes")] == [(to_ms("2024-02-01"), to_ms("2024-03-01"))]


def test_off_grid_rows_are_in_the_file_and_named(kk, replica):
    replica.fault(match=r"\.zip$", kind="off_grid_rows", every=8, shift_ms=13_000)
    kk.get("ETHUSDT", "1h", "2024-03-04", "2024-03-04", "vision").ok()
    part = check(Cache(kk).partition("ETHUSDT", "1h"), HOUR)
    assert len(part.coverage("off_grid")) == 3 and part.table.num_rows == 24
    replica.clear_log()
    kept = kk.get("ETHUSDT", "1h", "2024-03-04", "2024-03-04", "vision", "--off-grid", "keep").ok()
    assert kept.times == part.opens
    _, report = kk.report("ETHUSDT", "1h", "2024-03-04", "2024-03-04", "vision")
    assert len(report["off_grid_rows"]) == 3
    assert asked(replica) == []


def test_what_was_asked_is_dated(kk, replica):
    set_now(kk, "2026-09-24T12:00:00Z")
    kk.get("ETHUSDT", "1h", "2024-03-04", "2024-03-04", "rest").ok()
    (answered,) = PartitionFile(Cache(kk).partition("ETHUSDT", "1h")).coverage("answered")
    assert answered["at"] == to_ms("2026-09-24T12:00:00Z")


def test_trust_is_kept_with_the_file(kk, replica):
    replica.fault(match=r"\.zip$", kind="stale_checksum")
    kk.get("ETHUSDT", "1h", "2024-03-04", "2024-03-04", "auto").ok()
    part = check(Cache(kk).partition("ETHUSDT", "1h"), HOUR)
    assert {a["trust"] for a in part.coverage("answered")} == {"etag"} == {f["trust"] for f in part.coverage("files")}


def test_a_tail_is_of_the_same_format(kk, replica):
    kk.get("ETHUSDT", "1m", "2026-09-01", "2026-09-22", "auto").ok()
    kk.get("ETHUSDT", "1m", "2026-09-23T00:00Z", "2026-09-23T00:59Z", "auto").ok()
    tail = check(Cache(kk).partition("ETHUSDT", "1m", "202609", tail=True), MINUTE)
    base = check(Cache(kk).partition("ETHUSDT", "1m", "202609"), MINUTE)
    assert (tail.table.num_rows, base.table.num_rows) == (60, 22 * 1440)
    assert origins(tail) == {"rest"}


# -- another writer ----------------------------------------------------------------------------------------------------


def about_day(kk, **changes):
    kk.get("ETHUSDT", "1h", "2024-03-04", "2024-03-04", "auto").ok()
    path = Cache(kk).partition("ETHUSDT", "1h")
    part = PartitionFile(path)
    return path, part.table, part.about | changes


def test_a_file_by_another_writer_is_believed(kk, replica):
    path, table, about = about_day(kk)
    doubled = table.set_column(4, partition_file.SCHEMA.field("close"), pa.array([2 * c.as_py() for c in table["close"]]))
    partition_file.write(path, doubled, about)
    Cache(kk).assert_sound()
    answer = kk.get("ETHUSDT", "1h", "2024-03-04", "2024-03-04", "cache", env=NO_SOURCE)
    assert [row[4] for row in values(answer)] == [2 * row[4] for row in truth(replica, "spot", "ETHUSDT", "1h", "2024-03-04", "2024-03-04T23:00Z")]


HOLE = {"origin": "daily", "begin": to_ms("2024-03-04"), "end": to_ms("2024-03-04T02:00Z"), "learnt": 0, "asked": 0, "weak": False}
DAMAGES = {
    "another symbol": lambda a: a.update(symbol="BTCUSDT"),
    "another market": lambda a: a.update(market="um"),
    "another interval": lambda a: a.update(interval="2h"),
    "another month": lambda a: a.update(month="202404"),
    "another kind": lambda a: a.update(kind="trades"),
    "an unknown field": lambda a: a.update(colour="red"),
    "no coverage": lambda a: a.pop("coverage"),
    "format 0": lambda a: a.update(format=0),
    "format 1, which no release wrote": lambda a: a.update(format=1),
    "format as text": lambda a: a.update(format="1"),
    "more covered than there": lambda a: a["coverage"]["answered"][0].update(end=to_ms("2024-03-06")),
    "less covered than there": lambda a: a["coverage"]["answered"][0].update(end=to_ms("2024-03-04T12:00Z")),
    "covered backwards": lambda a: a["coverage"]["answered"][0].update(end=to_ms("2024-03-03")),
    "covered beyond the month": lambda a: a["coverage"]["answered"][0].update(begin=to_ms("2024-02-28")),
    "covered off the grid": lambda a: a["coverage"]["answered"][0].update(begin=to_ms("2024-03-03T23:30Z")),
    "an unknown origin": lambda a: a["coverage"]["answered"][0].update(origin="bank"),
    "an unknown trust": lambda a: a["coverage"]["answered"][0].update(trust="blind"),
    "a hole where rows are": lambda a: a["coverage"]["holes"].append(HOLE),
    "an off-grid row that is not": lambda a: a["coverage"]["off_grid"].append({"open": to_ms("2024-03-04T01:00:13Z"), "origin": "daily", "trust": "verified"}),
}


@pytest.mark.parametrize("damage", DAMAGES)
def test_what_contradicts_itself_is_damaged_whatever_its_sums_say(kk, replica, damage):
    """Coverage and rows can never disagree: not by a writer with a bug either."""
    path, table, about = about_day(kk)
    DAMAGES[damage](about)
    partition_file.write(path, table, about)
    result = kk("cache", "validate")
    assert result.code == 4 and path.name in result.text
    healed = kk.get("ETHUSDT", "1h", "2024-03-04", "2024-03-04", "auto")
    assert values(healed) == truth(replica, "spot", "ETHUSDT", "1h", "2024-03-04", "2024-03-04T23:00Z")
    assert Cache(kk).quarantined()
    Cache(kk).assert_sound()


def test_a_newer_format_is_left_alone_and_named(kk, replica):
    path, table, about = about_day(kk, format=3, novelty=[])
    partition_file.write(path, table, about)
    before = path.read_bytes()
    arguments = ["get", "ETHUSDT", "1h", "--start", "2024-03-04", "--end", "2024-03-04", "-f", "csv"]
    result = kk(*arguments)
    assert values(result) == truth(replica, "spot", "ETHUSDT", "1h", "2024-03-04", "2024-03-04T23:00Z")
    assert "newer" in result.err.lower()
    assert path.read_bytes() == before and Cache(kk).quarantined() == []
    kk("cache", "repair")
    assert path.read_bytes() == before


def test_other_keys_in_the_footer_are_ignored(kk, replica, tmp_path):
    path, table, about = about_day(kk)
    partition_file.write(path, table, about)
    part = PartitionFile(path)
    with pa.ipc.new_file(str(tmp_path / "new"), partition_file.SCHEMA, metadata={**part.metadata, b"someone": b"else"}) as writer:
        for batch in part.record_batches:
            writer.write_batch(batch)
    (tmp_path / "new").rename(path)
    Cache(kk).assert_sound()
    assert len(kk.get("ETHUSDT", "1h", "2024-03-04", "2024-03-04", "cache").ok().rows) == 24


def test_series_json_says_where_a_series_begins(kk, replica):
    kk.get("ETHUSDT", "1h", "2016-01-01", "2017-12-31", "auto").ok()
    facts = json.loads((Cache(kk).root / "spot/data/ETHUSDT/1h/series.json").read_text())
    whose = {"upstream": "binance", "kind": "klines", "market": "spot", "symbol": "ETHUSDT", "interval": "1h"}
    assert facts["format"] == 2 and set(facts) - set(whose) <= {"format", "first_candle", "last_candle", "daily_files", "monthly_files"}
    assert {name: facts[name] for name in whose} == whose
    begins = {facts.get("first_candle", {}).get("open"), *(facts.get(f"{which}_files", {}).get("first") for which in ("monthly", "daily"))}
    assert begins & {to_ms("2017-08-17T04:00Z"), to_ms("2017-08-01"), to_ms("2017-08-17")}
    assert all(isinstance(each["asked"], int) for name, each in facts.items() if name not in {"format", *whose})
