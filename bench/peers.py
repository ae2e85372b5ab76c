"""What reading costs beside others: an archive file of 1s and a body of REST, from their bytes in memory to columns.

  .venv/bin/python bench/peers.py

One thread each, in processor time, user and system, in turns. Of an archive file all hash it (SHA-256) and unzip it, each by the quickest
way that its users have: Python's zipfile for the others. A month of 1s is the largest file that Binance makes, and 1,000 rows the largest
body. All must first give the same columns, bit for bit.
"""

import hashlib
import io
import os
import pathlib
import statistics
import subprocess
import tempfile
import time
import zipfile

os.environ["POLARS_MAX_THREADS"] = "1"
os.environ["OMP_NUM_THREADS"] = "1"

import duckdb
import numpy
import orjson
import pandas
import polars
import pyarrow
import pyarrow.csv
import pyarrow.ipc

PROGRAM = pathlib.Path(__file__).resolve().parent.parent / "build/release/bench/klinekeep-bench-peers"
SECONDS = {86_400: 7, 864_000: 5, 2_678_400: 3}  # rows of an archive file: rounds
BODIES = {100: 100, 1_000: 20, 10_000: 5}  # rows of a body: calls in each of ten rounds
INTEGERS = ("open_time", "close_time", "trades")
COLUMNS = [
    "open_time", "open", "high", "low", "close", "volume", "close_time", "quote_volume", "trades", "taker_buy_volume", "taker_buy_quote_volume",
]  # fmt: skip
NAMES = [*COLUMNS, "ignore"]


def type_of(name, integer, decimal):
    return integer if name in INTEGERS else decimal


class Ours:
    def __init__(self, folder, archive_rows, body_rows):
        words = [PROGRAM, folder, str(archive_rows), str(body_rows)]
        self._process = subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        assert self._process.stdout.readline() == "ready\n"

    def seconds(self, what, calls=1):
        self._process.stdin.write(f"{what} {calls}\n")
        self._process.stdin.flush()
        return float(self._process.stdout.readline())

    def end(self):
        self._process.communicate()


def unzipped(zipped):
    hashlib.sha256(zipped).digest()
    with zipfile.ZipFile(io.BytesIO(zipped)) as archive:
        return archive.read(archive.namelist()[0])


def by_pandas(text, engine):
    wanted = COLUMNS if engine == "c" else NAMES  # the other engine finds no column by a name that the file has not
    types = {name: type_of(name, "int64", "float64") for name in wanted}
    return pandas.read_csv(io.BytesIO(text), header=None, names=NAMES, usecols=wanted if engine == "c" else None, dtype=types, engine=engine)


def by_polars(text):
    schema = {name: type_of(name, polars.Int64, polars.Float64) for name in NAMES}
    return polars.read_csv(text, has_header=False, new_columns=NAMES, columns=list(range(11)), schema_overrides=list(schema.values()))


def by_pyarrow(text):
    types = {name: type_of(name, pyarrow.int64(), pyarrow.float64()) for name in NAMES}
    return pyarrow.csv.read_csv(
        pyarrow.BufferReader(text),
        read_options=pyarrow.csv.ReadOptions(column_names=NAMES, use_threads=False),
        convert_options=pyarrow.csv.ConvertOptions(column_types=types, include_columns=COLUMNS),
    )


class ByDuckdb:
    """It reads files: one in memory is written first, and that counts."""

    def __init__(self):
        memory = pathlib.Path("/dev/shm")
        self._folder = tempfile.TemporaryDirectory(dir=memory if os.access(memory, os.W_OK) else None)
        self._connection = duckdb.connect(config={"threads": 1})

    def __call__(self, text):
        path = pathlib.Path(self._folder.name) / "archive.csv"
        path.write_bytes(text)
        types = {name: type_of(name, "BIGINT", "DOUBLE") for name in NAMES}
        options = f"header = false, auto_detect = false, delim = ',', columns = {types}"
        return self._connection.sql(f"SELECT {', '.join(COLUMNS)} FROM read_csv('{path}', {options})").to_arrow_table()


def by_orjson(body):
    columns = zip(*orjson.loads(body), strict=True)
    arrays = [
        pyarrow.array(values, pyarrow.int64()) if name in INTEGERS else pyarrow.array(values, pyarrow.string()).cast(pyarrow.float64())
        for name, values in zip(COLUMNS, columns, strict=False)
    ]
    return pyarrow.table(arrays, names=COLUMNS)


def values_of(answer, name):
    if isinstance(answer, pandas.DataFrame):
        return answer[name].to_numpy()
    values = answer[name].to_numpy() if isinstance(answer, polars.DataFrame) else answer[name].combine_chunks().to_numpy()
    return values.astype("datetime64[ms]").astype("int64") if values.dtype.kind == "M" else values


def must_be_same(answer, expected, who):
    for name in COLUMNS:
        ours, theirs = values_of(expected, name), values_of(answer, name)
        assert ours.dtype == theirs.dtype, (who, name, theirs.dtype)
        different = int((ours.view("int64") != numpy.ascontiguousarray(theirs).view("int64")).sum())
        assert different == 0, f"{who}: {different} of {len(ours)} values of {name} are others"


def used_by(work, calls=1):
    """Of one call; of several, if there are, after one that warms the caches."""
    if calls > 1:
        work()
    begin = time.process_time()
    for _ in range(calls):
        work()
    return (time.process_time() - begin) / calls


def compare(title, rows, rounds, ours, peers, expected, calls=1):
    for who, work in peers.items():
        must_be_same(work(), expected, who)
    ways = {"klinekeep": ours} | {who: (lambda work=work: used_by(work, calls)) for who, work in peers.items()}
    ours()
    spent = {who: [] for who in ways}
    for _ in range(rounds):
        for who, way in ways.items():
            spent[who].append(way())
    print(f"\n{title}, {rows} rows")
    for who, seconds in spent.items():
        ratio = statistics.median(seconds) / statistics.median(spent["klinekeep"])
        least = min(seconds) / min(spent["klinekeep"])
        of_a_row = 1e9 * statistics.median(seconds) / rows
        print(f"  {who:24} {1e3 * statistics.median(seconds):9.3f} ms {of_a_row:7.0f} ns a row {ratio:6.2f} x ({least:.2f} x by the minima)")


def archive(folder, rows, rounds, duck):
    ours = Ours(folder, rows, 100)
    zipped, text = (folder / "archive.zip").read_bytes(), (folder / "archive.csv").read_bytes()
    expected = pyarrow.ipc.open_file(folder / "archive.arrow").read_all()
    parsers = {
        "pandas, C engine": lambda csv: by_pandas(csv, "c"),
        "pandas, pyarrow engine": lambda csv: by_pandas(csv, "pyarrow"),
        "polars": by_polars,
        "duckdb": duck,
        "pyarrow.csv": by_pyarrow,
    }
    whole = {who: (lambda parse=parse: parse(unzipped(zipped))) for who, parse in parsers.items()}
    alone = {who: (lambda parse=parse: parse(text)) for who, parse in parsers.items()}
    compare("archive file: hash, unzip, parse", rows, rounds, lambda: ours.seconds("archive"), whole, expected)
    compare("its csv alone", rows, rounds, lambda: ours.seconds("csv"), alone, expected)
    ours.end()


def rest(folder, rows, calls):
    ours = Ours(folder, 100, rows)
    body = (folder / "body.json").read_bytes()
    expected = pyarrow.ipc.open_file(folder / "body.arrow").read_all()
    peers = {"orjson + pyarrow": lambda: by_orjson(body)}
    compare("body of REST", rows, 10, lambda: ours.seconds("body", calls), peers, expected, calls)
    ours.end()


def main():
    pyarrow.set_cpu_count(1)
    duck = ByDuckdb()
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        for rows, calls in BODIES.items():
            rest(folder, rows, calls)
        for rows, rounds in SECONDS.items():
            archive(folder, rows, rounds, duck)


if __name__ == "__main__":
    main()
