"""What text costs: csv and json of candles by klinekeep, beside pandas and polars on the same rows. One thread each, in processor time,
user and system; of klinekeep the whole process, from the cache to the file, of the others only the writing.

  .venv/bin/python bench/output.py [MONTHS ...]

The rows are months of 1m of the embedded replica. What klinekeep wrote is first read back, and held against the rows bit for bit.
"""

import json
import os
import pathlib
import subprocess
import sys
import tempfile

os.environ["POLARS_MAX_THREADS"] = "1"

import pandas
import polars
import pyarrow
import pyarrow.ipc

BIN = pathlib.Path(os.environ.get("KLINEKEEP_BIN_DIR", pathlib.Path(__file__).parent.parent / "build/release/bin"))
ROUNDS = 5
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


def check(folder: pathlib.Path, frame: pandas.DataFrame) -> None:
    read = pandas.read_csv(folder / "ours.csv", float_precision="round_trip")
    objects = pandas.DataFrame(json.loads((folder / "ours.json").read_text()))
    for name in frame.columns:
        assert (read[name].to_numpy() == frame[name].to_numpy()).all(), name
        assert (objects[name].to_numpy() == frame[name].to_numpy()).all(), name


def measure(folder: pathlib.Path, months: int) -> None:
    year, month = 2022 + months // 12, months % 12 + 1
    get = ["get", "BTCUSDT", "1m", "--start", "2022-01-01", "--end", f"{year}-{month:02}-01", "-q", "--cache-dir", folder / "cache"]
    run(*get, "-f", "arrow", "-o", folder / "rows.arrow")
    table = pyarrow.ipc.open_file(folder / "rows.arrow").read_all()
    for name in ("open_time", "close_time"):  # as the text has them
        index = table.schema.get_field_index(name)
        table = table.set_column(index, name, table[name].cast(pyarrow.int64()))
    frame, frame_of_polars = table.to_pandas(), polars.from_arrow(table)
    ways = {
        "klinekeep csv": lambda: run(*get, "-f", "csv", "-o", folder / "ours.csv"),
        "klinekeep json": lambda: run(*get, "-f", "json", "-o", folder / "ours.json"),
        "klinekeep arrow": lambda: run(*get, "-f", "arrow", "-o", folder / "ours.arrow"),
        "polars csv": lambda: own(lambda: frame_of_polars.write_csv(folder / "polars.csv")),
        "pandas csv": lambda: own(lambda: frame.to_csv(folder / "pandas.csv", index=False)),
    }
    ways["klinekeep csv"](), ways["klinekeep json"]()
    check(folder, frame)
    times = {name: [] for name in ways}
    for _ in range(ROUNDS):
        for name, way in ways.items():
            times[name].append(way())
    least = {name: min(values) for name, values in times.items()}
    size = (folder / "ours.csv").stat().st_size
    print(f"{months} months, {table.num_rows} rows, csv of {size / 1e6:.1f} MB")
    for name, value in least.items():
        print(f"  {name:16} {1e3 * value:8.1f} ms  {table.num_rows / value / 1e6:6.2f} Mrow/s  {value / least['klinekeep csv']:6.2f} x klinekeep csv")


def main() -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        replica = subprocess.Popen([BIN / "klinekeep-replica", "--now", NOW, "--frozen"], stdout=subprocess.PIPE, text=True)
        try:
            url = f"http://127.0.0.1:{replica.stdout.readline().strip()}"
            os.environ |= {"KLINEKEEP_REST_URL": url, "KLINEKEEP_VISION_URL": url, "KLINEKEEP_NOW": NOW, "XDG_RUNTIME_DIR": name}
            for months in map(int, sys.argv[1:] or (1, 10, 40)):
                measure(folder, months)
        finally:
            replica.kill()
            replica.wait()


if __name__ == "__main__":
    main()
