"""Ctrl-C and its kin, at the worst moments."""

import signal

import pytest

pytestmark = pytest.mark.usefixtures("uncached")


def started(kk, replica, *more):
    """A get that hangs in its request, once the request has been seen."""
    replica.fault(match="/klines", kind="hang")
    process = kk.popen("get", "BTCUSDT", "1h", "--start", "2024-03-04", "--end", "2024-03-04", "--source", "rest", *more)
    while not replica.log("/klines"):
        assert process.poll() is None
    return process


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_ends_it_with_130_and_nothing_written(kk, replica, number):
    process = started(kk, replica, "-o", "out.csv")
    process.send_signal(number)
    out, err = process.communicate(timeout=20)
    assert process.returncode == 130
    assert out == b"" and err.decode() == "klinekeep: interrupted\n"
    assert sorted(p.name for p in kk.home.iterdir()) == ["run"]


def test_a_signal_ends_a_blocked_output(kk):
    """The reader does not read: the pipe is full, and the writer waits in write()."""
    process = kk.popen("get", "BTCUSDT", "1m", "--start", "2024-03-04", "--end", "2024-03-10", "--source", "rest", "-f", "json")
    assert process.stdout.read(1) == b"["
    process.send_signal(signal.SIGINT)
    assert process.wait(timeout=20) == 130
    process.stdout.close()
    process.stderr.close()


def test_a_signal_ends_a_wait_for_the_rate_limit(kk, replica):
    replica.fault(match="/klines", kind="status", status=429, retry_after="100")
    process = kk.popen("get", "BTCUSDT", "1h", "--start", "2024-03-04", "--end", "2024-03-04", "--source", "rest")
    while not replica.log("/klines"):
        assert process.poll() is None
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=20)
    assert process.returncode == 130


def test_a_second_process_is_not_disturbed(kk, replica):
    """Two at once on one machine: both answers whole."""
    replica.budget("spot", limit=60_000)
    both = [
        kk.popen("get", "BTCUSDT", "1m", "--start", "2024-03-04", "--end", "2024-03-08", "--source", "rest", "-q")
        for _ in range(2)
    ]
    outputs = [process.communicate(timeout=120) for process in both]
    assert [process.returncode for process in both] == [0, 0], outputs
    assert outputs[0][0] == outputs[1][0] and outputs[0][0].count(b"\n") == 5 * 1440 + 1
