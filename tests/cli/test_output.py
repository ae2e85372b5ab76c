"""Formats, files, pipes, terminals."""

import fcntl
import json
import os
import pty
import signal
import struct
import termios

import pyarrow as pa
import pyarrow.ipc
import pyarrow.parquet
import pytest

pytestmark = pytest.mark.usefixtures("uncached")

DAY = ("2024-03-04", "2024-03-04")
ARGS = ("BTCUSDT", "1h", *DAY, "rest")
NAMES = "open_time open high low close volume close_time quote_volume trades taker_buy_volume taker_buy_quote_volume".split()
SCHEMA = pa.schema(
    [
        pa.field(n, pa.timestamp("ms", "UTC") if n == "open_time" else pa.int64() if n in ("close_time", "trades") else pa.float64(), nullable=False)
        for n in NAMES
    ]
)


def table_of(kk, *more, out=None):
    result = kk.get(*ARGS, *more).ok()
    return result


def test_csv_is_the_default_of_a_pipe(kk):
    result = kk.get(*ARGS).ok()
    assert list(result.rows[0]) == NAMES
    assert len(result.rows) == 24


def test_all_formats_hold_the_same_values(kk):
    rows = kk.get(*ARGS).ok().rows
    as_json = json.loads(kk.get(*ARGS, "-f", "json").ok().text)
    stream = pa.ipc.open_stream(kk.get(*ARGS, "-f", "arrow").ok().out).read_all()
    kk.get(*ARGS, "-o", "candles.arrow").ok()
    kk.get(*ARGS, "-o", "candles.parquet").ok()
    file = pa.ipc.open_file(kk.home / "candles.arrow").read_all()
    parquet = pa.parquet.read_table(kk.home / "candles.parquet")
    assert stream.schema.equals(SCHEMA) and file.schema.equals(SCHEMA)
    assert parquet.schema.names == NAMES and parquet.schema.types == SCHEMA.types
    assert stream.equals(file) and stream.to_pydict() == parquet.to_pydict()
    for name in NAMES:
        convert = int if name in ("open_time", "close_time", "trades") else float
        column = stream[name].cast(pa.int64()).to_pylist() if name == "open_time" else stream[name].to_pylist()
        assert [convert(row[name]) for row in rows] == column == [row[name] for row in as_json]


@pytest.mark.parametrize("format", ["csv", "json", "arrow", "parquet", "table"])
def test_an_empty_answer_has_the_full_schema(kk, format):
    """C6, pitfall 31."""
    out = kk.get("BTCUSDT", "1h", "2024-03-04T00:00:01Z", "2024-03-04T00:59Z", "rest", "-f", format).ok().out
    if format == "arrow":
        assert pa.ipc.open_stream(out).read_all().schema.equals(SCHEMA)
    elif format == "parquet":
        assert pa.parquet.read_table(pa.BufferReader(out)).schema.types == SCHEMA.types
    elif format == "json":
        assert json.loads(out) == []
    else:
        assert b"open_time" in out


def test_columns_and_iso_times(kk):
    result = kk.get(*ARGS, "--columns", "close,open_time", "--time", "iso").ok()
    assert result.text.splitlines()[0] == "close,open_time"
    assert result.text.splitlines()[1].endswith(",2024-03-04T00:00:00Z")


@pytest.mark.parametrize("columns", [",", "close,close", "price", "open_time,,close"])
def test_bad_columns_are_refused_before_any_request(kk, replica, columns):
    result = kk.get(*ARGS, "--columns", columns)
    assert result.code == 2 and "taker_buy_quote_volume" in result.err
    assert replica.log() == []


@pytest.mark.parametrize("more", [("-f", "xml"), ("--time", "unix"), ("--fill", "zero"), ("--off-grid", "snap"), ("--market", "cme"), ("--source", "ftp"), ("--bogus",), ("--limit", "5")])
def test_bad_choices_are_usage_errors(kk, replica, more):
    result = kk.get(*ARGS, *more)
    assert (result.code, result.out) == (2, b"")
    assert replica.log() == []


def test_a_failed_get_leaves_no_file_and_an_old_one_as_it_was(kk, replica):
    out = kk.home / "candles.csv"
    out.write_text("old")
    replica.fault(match="/klines", kind="status", status=403)
    assert kk.get(*ARGS, "-o", out).code == 8
    assert out.read_text() == "old"
    assert sorted(p.name for p in kk.home.iterdir()) == ["candles.csv", "run"]


@pytest.mark.parametrize("path", ["no/such/folder/x.csv", ".", ""])
def test_a_bad_path_is_refused_before_any_request(kk, replica, path):
    result = kk.get(*ARGS, "-o", path) if path else kk.get(*ARGS, "--report", "no/such/x.json")
    assert result.code == 2
    assert replica.log() == []


def test_a_dash_is_stdout(kk):
    plain = kk.get(*ARGS).ok()
    dashed = kk.get(*ARGS, "-o", "-").ok()
    assert dashed.out == plain.out and dashed.out
    report = kk("get", *ARGS[:2], "--start", ARGS[2], "--end", ARGS[3], "--source", ARGS[4], "-o", "out.csv", "--report", "-").ok()
    assert json.loads(report.out)["complete"] is True
    assert (kk.home / "out.csv").read_bytes() == plain.out
    assert not (kk.home / "-").exists()


@pytest.mark.parametrize("outputs", [
    ["--report", "-"], ["-o", "-", "--report", "-"], ["-o", "-", "--report", "/dev/stdout"], ["-o", "x.csv", "--report", "./x.csv"],
    ["-o", "old.csv", "--report", "link.csv"],
])
def test_candles_and_report_in_one_place_are_refused_before_any_request(kk, replica, outputs):
    (kk.home / "old.csv").write_text("old")
    (kk.home / "link.csv").symlink_to("old.csv")
    refused = kk("get", *ARGS[:2], "--start", ARGS[2], "--end", ARGS[3], "--source", ARGS[4], *outputs)
    assert refused.code == 2 and "cannot both go to one place" in refused.err
    assert refused.out == b"" and replica.log() == [] and not (kk.home / "x.csv").exists()
    assert (kk.home / "old.csv").read_text() == "old"


def test_both_may_be_thrown_away(kk):
    kk("get", *ARGS[:2], "--start", ARGS[2], "--end", ARGS[3], "--source", ARGS[4], "-o", "/dev/null", "--report", "/dev/null").ok()


def test_a_full_disk(kk):
    with open("/dev/full", "wb") as full:
        result = kk.get(*ARGS, stdout=full)
    assert result.code == 1 and "No space left" in result.err
    assert kk.get(*ARGS, "-o", "/dev/full").code == 1


def test_dev_null_is_written_straight(kk):
    kk.get(*ARGS, "-o", "/dev/null").ok()
    assert not os.path.isfile("/dev/null")


def test_a_pipe_that_closes_ends_it_quietly(kk):
    process = kk.popen("get", "BTCUSDT", "1m", "--start", "2024-03-04", "--end", "2024-03-10", "--source", "rest")
    process.stdout.close()
    err = process.stderr.read()
    process.stderr.close()
    assert process.wait() == -signal.SIGPIPE
    assert err == b""


@pytest.mark.parametrize("width", [20, 60, 80, 200])
def test_a_terminal_gets_a_table_that_fits(kk, width):
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 40, width, 0, 0))
    process = kk.popen("get", *ARGS[:2], "--start", DAY[0], "--end", DAY[1], "--source", "rest", stdout=theirs, env={"NO_COLOR": "1"})
    os.close(theirs)
    text = b""
    while True:
        try:
            chunk = os.read(ours, 65536)
        except OSError:  # the other end is closed
            break
        if not chunk:
            break
        text += chunk
    process.communicate()
    os.close(ours)
    assert process.returncode == 0
    lines = text.decode().replace("\r\n", "\n").splitlines()
    assert "\x1b" not in text.decode()
    assert len(lines) > 10 and max(map(len, lines)) <= width
    assert any("24 candles" in line for line in lines)


def test_fill(kk):
    """An hour of the outage of 2021-02-11 in the real file."""
    window = ("2021-02-11T03:00Z", "2021-02-11T05:00Z", "vision")
    assert len(kk.get("BTCUSDT", "1h", *window).ok().rows) == 2
    forward = kk.get("BTCUSDT", "1h", *window, "--fill", "ffill").ok().rows
    before = forward[0]["close"]
    assert [forward[1][n] for n in ("open", "high", "low", "close")] == [before] * 4
    assert [forward[1][n] for n in ("volume", "trades", "quote_volume", "taker_buy_volume")] == ["0"] * 4
    assert int(forward[1]["close_time"]) == int(forward[1]["open_time"]) + 3_599_999
    blank = kk.get("BTCUSDT", "1h", *window, "--fill", "nan").ok().rows
    assert (blank[1]["open"], blank[1]["volume"], blank[1]["trades"]) == ("nan", "nan", "0")
    assert kk.get("BTCUSDT", "3d", "2024-01-01", "2024-02-01", "rest", "--fill", "nan").code == 2


def test_help_has_examples_and_exits_0(kk):
    for arguments in (["--help"], ["get", "--help"], ["symbols", "--help"]):
        result = kk(*arguments)
        assert result.code == 0 and "klinekeep" in result.text
    assert "--start -5m" in kk("get", "--help").text
    assert kk("--version").text.startswith("klinekeep 0.")
    assert kk().code == 2


def test_quiet_and_verbose(kk, replica):
    replica.fault(match=r"\.zip$", kind="stale_checksum")
    told = kk("get", "BTCUSDT", "1h", "--start", DAY[0], "--end", DAY[1], "--source", "vision")
    assert "ETag" in told.err
    assert kk.get("BTCUSDT", "1h", *DAY, "vision").err == ""
    verbose = kk("get", "BTCUSDT", "1h", "--start", DAY[0], "--end", DAY[1], "--source", "vision", "-v")
    assert "24 rows" in verbose.err
