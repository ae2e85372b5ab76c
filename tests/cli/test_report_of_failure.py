"""`--report` when `get` fails: it says that it did, and why."""

import json
import signal

import pytest

DAY = ("BTCUSDT", "1h", "--start", "2024-03-04", "--end", "2024-03-04")


def failed(kk, *words):
    """The report of a get that fails, and what it said."""
    result = kk("get", *words, "--report", "report.json")
    assert result.code != 0 and result.out == b""
    report = json.loads((kk.home / "report.json").read_text())
    assert report["complete"] is False and report["rows"] == 0
    assert report["error"]["exit_code"] == result.code
    assert result.err == f"klinekeep: {report['error']['message']}\n"
    return report


def test_what_is_missing_is_named(kk, replica):
    replica.fault(match="/klines", kind="status", status=403)
    report = failed(kk, *DAY, "--source", "rest")
    assert report["error"]["kind"] == "SourceUnavailable"
    assert [(m["from"], m["to"], m["cause"]) for m in report["missing"]] == [("2024-03-04T00:00:00Z", "2024-03-04T23:00:00Z", "unavailable")]
    assert report["error"]["http"]["status"] == 403
    assert report["requests"] is None, "which the error does not tell"


@pytest.mark.parametrize(
    "words, kind",
    [
        ((*DAY, "--source", "cache"), "OfflineMiss"),
        (("NOSUCHUSDT", *DAY[1:]), "UnknownSymbol"),
        (("BTCUSDT", "1h", "--start", "2030-01-01", "--end", "2030-01-02"), "InvalidRequest"),
    ],
)
def test_each_failure_has_its_kind(kk, replica, words, kind):
    assert failed(kk, *words)["error"]["kind"] == kind


def test_a_signal_is_told(kk, replica):
    replica.fault(match="/klines", kind="hang")
    process = kk.popen("get", *DAY, "--source", "rest", "--report", "report.json", "-o", "out.csv")
    while not replica.log("/klines"):
        assert process.poll() is None
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=20)
    assert process.returncode == 130
    assert json.loads((kk.home / "report.json").read_text())["error"]["kind"] == "Cancelled"
    assert not (kk.home / "out.csv").exists()


def test_a_report_on_stdout_is_there_too(kk, replica):
    result = kk("get", *DAY, "--source", "cache", "-o", "out.csv", "--report", "-")
    assert result.code == 6 and json.loads(result.out)["error"]["kind"] == "OfflineMiss"


def test_success_has_no_error(kk, replica):
    assert kk("get", *DAY, "--report", "report.json").code == 0
    assert json.loads((kk.home / "report.json").read_text())["error"] is None
