"""What text costs: csv and json of candles by klinekeep, beside pandas and polars on the same rows in memory. One thread each, in processor
time, user and system; of klinekeep also the whole command, from the cache to the file.

  .venv/bin/python bench/output.py [MONTHS ...]

The rows are months of 1m of the embedded replica: 1, 10 and 96 of them, pandas only up to 10. What klinekeep and polars wrote is first read
back, and held against the rows bit for bit.
"""

import filecmp
import json
import os
import pathlib
import subprocess
import sys
import tempfile

os.environ["POLARS_MAX_THREADS"] = "1"

import numpy
import pandas
import polars
import pyarrow
import pyarrow.ipc

BIN = pathlib.Path(os.environ.get("KLINEKEEP_BIN_DIR", pathlib.Path(__file__).parent.parent / "build/release/bin"))
WRITE = pathlib.Path(__file__).parent.parent / "build/release/bench/klinekeep-bench-output"
ROUNDS = 5
MOST_FOR_PANDAS = 10
NOW = "2026-09-24T12:00:00Z"


def seconds(times) -> float:
    return times.ru_utime + times.ru_stime


def run(*arguments) -> float:
    process = subprocess.Popen([BIN / "klinekeep", *arguments])
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    assert process.returncode == 0, arguments
    return seconds(usage)


def own(work) -> float:
    import resource

    before = seconds(resource.getrusage(resource.RUSAGE_SELF))
    work()
    return seconds(resource.getrusage(resource.RUSAGE_SELF)) - before


def written(*arguments) -> float:
    return float(subprocess.run([WRITE, *arguments], check=True, capture_output=True, text=True).stdout)


def check(folder: pathlib.Path, frame: pandas.DataFrame) -> None:
    objects = pandas.DataFrame(json.loads((folder / "rows.json").read_text())) if len(frame) < 1_000_000 else frame
    texts = [numpy.loadtxt(folder / name, delimiter=",", skiprows=1, usecols=range(1, 6)) for name in ("rows.csv", "polars.csv")]
    for index, name in enumerate(frame.columns):
        assert (objects[name].to_numpy() == frame[name].to_numpy()).all(), name
        if 1 <= index < 6:
            assert all((text[:, index - 1] == frame[name].to_numpy()).all() for text in texts), name
    assert filecmp.cmp(folder / "rows.csv", folder / "ours.csv", shallow=False)
    assert filecmp.cmp(folder / "rows.json", folder / "ours.json", shallow=False)
    for kind in ("csv", "json"):
        assert filecmp.cmp(folder / f"rows.{kind}", folder / f"portable.{kind}", shallow=False)


def measure(folder: pathlib.Path, months: int) -> None:
    end = f"{2018 + months // 12}-{months % 12 + 1:02}-01"
    get = ["get", "BTCUSDT", "1m", "--start", "2018-01-01", "--end", end, "-q", "--cache-dir", folder / "cache"]
    rows = folder / "rows.arrow"
    run(*get, "-f", "arrow", "-o", rows)
    table = pyarrow.ipc.open_file(rows).read_all()
    for name in ("open_time", "close_time"):  # as the text has them
        index = table.schema.get_field_index(name)
        table = table.set_column(index, name, table[name].cast(pyarrow.int64()))
    frame, frame_of_polars = table.to_pandas(), polars.from_arrow(table)
    ways = {
        "klinekeep csv": lambda: written(rows, "csv", folder / "rows.csv"),
        "polars csv": lambda: own(lambda: frame_of_polars.write_csv(folder / "polars.csv")),
        "klinekeep csv, no AVX2": lambda: written(rows, "csv", folder / "portable.csv", "portable"),
        "klinekeep json": lambda: written(rows, "json", folder / "rows.json"),
        "klinekeep json, no AVX2": lambda: written(rows, "json", folder / "portable.json", "portable"),
        "klinekeep get -f csv": lambda: run(*get, "-f", "csv", "-o", folder / "ours.csv"),
        "klinekeep get -f json": lambda: run(*get, "-f", "json", "-o", folder / "ours.json"),
    }
    for way in ways.values():
        way()
    check(folder, frame)
    if months <= MOST_FOR_PANDAS:
        ways["pandas csv"] = lambda: own(lambda: frame.to_csv(folder / "pandas.csv", index=False))
    times = {name: [] for name in ways}
    for _ in range(ROUNDS):
        for name, way in ways.items():
            times[name].append(way())
    least = {name: min(values) for name, values in times.items()}
    size = (folder / "rows.csv").stat().st_size
    print(f"{months} months, {table.num_rows} rows, csv of {size / 1e6:.1f} MB")
    for name, value in least.items():
        of_a_row = 1e9 * value / table.num_rows
        print(f"  {name:24} {1e3 * value:8.1f} ms  {of_a_row:6.0f} ns a row  {value / least['klinekeep csv']:6.2f} x klinekeep csv")


def main() -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        replica = subprocess.Popen([BIN / "klinekeep-replica", "--now", NOW, "--frozen"], stdout=subprocess.PIPE, text=True)
        try:
            url = f"http://127.0.0.1:{replica.stdout.readline().strip()}"
            os.environ |= {"KLINEKEEP_REST_URL": url, "KLINEKEEP_VISION_URL": url, "KLINEKEEP_UPSTREAM": "replica", "KLINEKEEP_NOW": NOW, "XDG_RUNTIME_DIR": name}
            for months in map(int, sys.argv[1:] or (1, 10, 96)):
                measure(folder, months)
        finally:
            replica.kill()
            replica.wait()


if __name__ == "__main__":
    main()
