"""A second reader and writer of partitions, from docs/cache-format.md and pyarrow alone: it shares nothing with klinekeep."""

from __future__ import annotations

import json
import pathlib
import struct

import pyarrow as pa
import xxhash

SCHEMA = pa.schema(
    [pa.field("open_time", pa.timestamp("ms", tz="UTC"), nullable=False)]
    + [pa.field(name, pa.float64(), nullable=False) for name in ("open", "high", "low", "close", "volume")]
    + [pa.field("close_time", pa.int64(), nullable=False), pa.field("quote_volume", pa.float64(), nullable=False), pa.field("trades", pa.int64(), nullable=False)]
    + [pa.field(name, pa.float64(), nullable=False) for name in ("taker_buy_volume", "taker_buy_quote_volume")]
)
BATCH_ROWS = 65_536
ABOUT, SUM = b"klinekeep", b"klinekeep.xxh3"
FIELDS = {"format", "upstream", "kind", "market", "symbol", "interval", "month", "rows", "coverage", "batches"}
ORIGINS = ("daily", "monthly", "rest")


class PartitionFile:
    def __init__(self, path: pathlib.Path):
        self.path, self.bytes = path, path.read_bytes()
        reader = pa.ipc.open_file(pa.BufferReader(self.bytes))
        self.schema, self.metadata = reader.schema, dict(reader.metadata)
        self.record_batches = [reader.get_batch(i) for i in range(reader.num_record_batches)]
        self.table = pa.Table.from_batches(self.record_batches, reader.schema)
        self.about = json.loads(self.metadata[ABOUT])

    @property
    def opens(self) -> list[int]:
        return self.table["open_time"].cast(pa.int64()).to_pylist()

    def coverage(self, what: str, origin: str | None = None) -> list[dict]:
        return [each for each in self.about["coverage"][what] if origin is None or each["origin"] == origin]


def check(path: pathlib.Path, step_ms: int | None) -> PartitionFile:
    """Every rule of the document that can be seen from outside; `step_ms`: of a fixed grid from the epoch."""
    part = PartitionFile(path)
    about = part.about
    assert part.schema.equals(SCHEMA, check_metadata=True)
    assert part.schema.metadata is None
    assert part.metadata[SUM].decode() == xxhash.xxh3_128_hexdigest(part.metadata[ABOUT])
    assert set(about) == FIELDS and set(about["coverage"]) == {"answered", "holes", "off_grid", "files"}
    above, market, kind, symbol, interval, name = path.parts[-6:]
    upstream = above[1:] if above.startswith("@") else "binance"
    assert (about["format"], about["kind"], about["upstream"]) == (2, "klines" if kind == "data" else kind, upstream)
    assert [about[f] for f in ("market", "symbol", "interval", "month")] == [market, symbol, interval, name.partition(".")[0]]
    assert about["rows"] == part.table.num_rows
    opens = part.opens
    assert opens == sorted(set(opens))
    check_batches(part)
    check_coverage(part, step_ms)
    return part


def check_batches(part: PartitionFile) -> None:
    assert len(part.about["batches"]) == len(part.record_batches)
    end = 0
    for number, (told, batch) in enumerate(zip(part.about["batches"], part.record_batches)):
        rows = batch.num_rows
        assert set(told) == {"offset", "metadata_length", "body_length", "rows", "first", "last", "xxh3"}
        assert rows == BATCH_ROWS or (number == len(part.record_batches) - 1 and 1 <= rows < BATCH_ROWS)
        assert (told["rows"], told["body_length"]) == (rows, 88 * rows)
        assert told["offset"] % 8 == 0 and told["offset"] >= end
        end = told["offset"] + told["metadata_length"] + told["body_length"]
        times = batch.column(0).cast(pa.int64())
        assert (told["first"], told["last"]) == (times[0].as_py(), times[-1].as_py())
        body = told["offset"] + told["metadata_length"]
        for column in range(11):
            values = part.bytes[body + column * rows * 8 : body + (column + 1) * rows * 8]
            validity, data = batch.column(column).buffers()
            assert validity is None
            assert values == data.to_pybytes()[: rows * 8]
            assert told["xxh3"][column] == xxhash.xxh3_128_hexdigest(values)
    assert end <= len(part.bytes)


def check_coverage(part: PartitionFile, step_ms: int | None) -> None:
    slots: set[int] = set()
    for origin in ORIGINS:
        answered = [(a["begin"], a["end"], a["trust"]) for a in part.coverage("answered", origin)]
        told = part.coverage("holes", origin)
        holes = [(h["begin"], h["end"]) for h in told]
        assert all(a[1] < b[0] or (a[1] == b[0] and a[2] != b[2]) for a, b in zip(answered, answered[1:]))
        assert all(a["end"] < b["begin"] or (a["end"] == b["begin"] and age(a) != age(b)) for a, b in zip(told, told[1:]))
        assert all(begin < end for begin, end, _ in answered) and all(begin < end for begin, end in holes)
        for begin, end in holes:
            assert any(a <= begin and end <= b for a, b, _ in merged(answered)), "a hole that nobody answered for"
        if step_ms:
            mine = {t for begin, end, _ in answered for t in range(begin, end, step_ms)}
            slots |= mine - {t for begin, end in holes for t in range(begin, end, step_ms)}
    for answered in part.coverage("answered"):
        assert answered["at"] % 1000 == 0
    for hole in part.coverage("holes"):
        assert set(hole) == {"origin", "begin", "end", "learnt", "asked", "weak"}
        assert hole["learnt"] % 1000 == 0 == hole["asked"] % 1000 and isinstance(hole["weak"], bool)
    assert [h["origin"] for h in part.coverage("holes")] == sorted((h["origin"] for h in part.coverage("holes")), key=ORIGINS.index)
    assert [a["origin"] for a in part.coverage("answered")] == sorted((a["origin"] for a in part.coverage("answered")), key=ORIGINS.index)
    off_grid = {each["open"] for each in part.coverage("off_grid")}
    if step_ms:
        assert slots == set(part.opens) - off_grid, "coverage and rows disagree"
        assert off_grid == {t for t in part.opens if t % step_ms}
    for file in part.coverage("files"):
        assert len(file["sha256"]) == 64 and file["name"].endswith(".zip")


def age(hole: dict) -> tuple:
    return hole["learnt"], hole["asked"], hole["weak"]


def merged(answered):
    result = []
    for begin, end, _ in answered:
        if result and result[-1][1] == begin:
            result[-1] = (result[-1][0], end, None)
        else:
            result.append((begin, end, None))
    return result


def write(path: pathlib.Path, table: pa.Table, about: dict) -> None:
    """Another writer. Written twice: the places of the batches are known only after the first time."""
    table = pa.table([table[name] for name in SCHEMA.names], schema=SCHEMA)
    batches = table.combine_chunks().to_batches(max_chunksize=BATCH_ROWS)
    batches = [pa.record_batch([pa.array(c.to_numpy(), type=c.type) for c in batch.columns], schema=SCHEMA) for batch in batches]
    blocks = [dict.fromkeys(["offset", "metadata_length", "body_length"], 0)] * len(batches)
    for _ in range(2):
        entries = []
        for batch, block in zip(batches, blocks):
            times = batch.column(0).cast(pa.int64())
            sums = [xxhash.xxh3_128_hexdigest(c.buffers()[1].to_pybytes()[: batch.num_rows * 8]) for c in batch.columns]
            entries.append({**block, "rows": batch.num_rows, "first": times[0].as_py(), "last": times[-1].as_py(), "xxh3": sums})
        text = json.dumps({**about, "rows": table.num_rows, "batches": entries}).encode()
        sink = pa.BufferOutputStream()
        with pa.ipc.new_file(sink, SCHEMA, metadata={ABOUT: text, SUM: xxhash.xxh3_128_hexdigest(text).encode()}) as writer:
            for batch in batches:
                writer.write_batch(batch)
        data = sink.getvalue().to_pybytes()
        blocks = [{"offset": offset, "metadata_length": meta, "body_length": body} for offset, meta, body in footer_blocks(data)]
    path.parent.mkdir(parents=True, exist_ok=True)
    path.with_name(path.name + "~").write_bytes(data)
    path.with_name(path.name + "~").rename(path)


def footer_blocks(data: bytes) -> list[tuple[int, int, int]]:
    """Offset, metadata length and body length of each record batch, out of the footer's flatbuffer (field 3)."""
    length = struct.unpack_from("<i", data, len(data) - 10)[0]
    footer = data[len(data) - 10 - length : len(data) - 10]
    root = struct.unpack_from("<I", footer)[0]
    vtable = root - struct.unpack_from("<i", footer, root)[0]
    field = struct.unpack_from("<H", footer, vtable + 4 + 2 * 3)[0]
    vector = root + field + struct.unpack_from("<I", footer, root + field)[0]
    count = struct.unpack_from("<I", footer, vector)[0]
    return [struct.unpack_from("<qi4xq", footer, vector + 4 + 24 * i) for i in range(count)]
