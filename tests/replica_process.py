"""Starts klinekeep-replica, the local stand-in for Binance, for tests in Python: see replica/README.md."""

from __future__ import annotations

import contextlib
import datetime
import http.client
import json
import os
import pathlib
import signal
import ssl
import subprocess
import tempfile
import urllib.parse

REPOSITORY = pathlib.Path(__file__).resolve().parent.parent
DATA = REPOSITORY / "tests" / "data"
BINARY = pathlib.Path(os.environ.get("KLINEKEEP_REPLICA", REPOSITORY / "build/release/bin/klinekeep-replica"))


def to_ms(time: str | int | datetime.datetime) -> int:
    """Epoch milliseconds of ISO 8601 (UTC where nothing is said), of a datetime, or of milliseconds themselves."""
    if isinstance(time, int):
        return time
    if isinstance(time, str):
        time = datetime.datetime.fromisoformat(time.replace("Z", "+00:00"))
    if time.tzinfo is None:
        time = time.replace(tzinfo=datetime.timezone.utc)
    return round(time.timestamp() * 1000)


class Answer:
    """A whole answer: status, headers (names in lower case) and body."""

    def __init__(self, status: int, headers: dict[str, str], body: bytes):
        self.status, self.headers, self.body = status, headers, body

    @property
    def text(self) -> str:
        return self.body.decode()

    def json(self):
        return json.loads(self.body)


class Replica:
    """One running replica. A context manager; the keyword arguments are its options (now, frozen, delay_hours, seed, fixtures).

    with Replica(now="2024-06-01T00:00:00Z") as replica:
        replica.fault(match=r"/api/v3/klines", kind="status", status=503, times=1)
        ... run the program under test against replica.url ...
        assert [entry["status"] for entry in replica.log()] == [503, 200]
    """

    def __init__(self, *, https: bool = False, **options):
        self._directory = tempfile.TemporaryDirectory(prefix="klinekeep-replica-")
        self.certificate = pathlib.Path(self._directory.name) / "certificate.pem"
        command = [str(BINARY)]
        for name, value in options.items():
            flag = "--" + name.replace("_", "-")
            command += [flag] if value is True else [] if value is False else [f"{flag}={value}"]
        if https:
            command += ["--https-port=0", f"--certificate={self.certificate}"]
        self._process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        self.port = self._read_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.https_port = self._read_port() if https else None
        self.https_url = f"https://127.0.0.1:{self.https_port}" if https else None
        self.pid = self._process.pid

    def _read_port(self) -> int:
        line = self._process.stdout.readline().strip()
        if not line.isdigit():
            self.stop()
            raise RuntimeError(f"klinekeep-replica did not start, it said {line!r}")
        return int(line)

    def __enter__(self) -> Replica:
        return self

    def __exit__(self, *_) -> None:
        self.stop()

    def stop(self) -> int:
        """Ends the replica; its exit status (0 when all is well)."""
        if self._process.poll() is None:
            self._process.send_signal(signal.SIGTERM)
        status = self._process.wait(timeout=30)
        self._process.stdout.close()
        self._directory.cleanup()
        return status

    def connect(self, *, https: bool = False) -> http.client.HTTPConnection:
        if https:
            trust = ssl.create_default_context(cafile=str(self.certificate))
            return http.client.HTTPSConnection("127.0.0.1", self.https_port, context=trust, timeout=60)
        return http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)

    def request(self, method: str, target: str, body=None, headers=None, *, https: bool = False) -> Answer:
        """One request on a connection of its own. The target is sent as it is, but for characters beyond ASCII."""
        with contextlib.closing(self.connect(https=https)) as connection:
            target = urllib.parse.quote(target, safe="/?&=%:,+~()[]\"'@!*;$-_.")
            connection.request(method, target, body=body, headers=headers or {})
            response = connection.getresponse()
            names = {name.lower(): value for name, value in response.getheaders()}
            return Answer(response.status, names, response.read())

    def get(self, target: str, **options) -> Answer:
        return self.request("GET", target, **options)

    def admin(self, method: str, name: str, body=None):
        """One request to /_replica/; the JSON of its answer. A refusal is a ValueError."""
        answer = self.request(method, f"/_replica/{name}", body=None if body is None else json.dumps(body))
        if answer.status != 200:
            raise ValueError(answer.json()["error"])
        return answer.json()

    def log(self, match: str = "") -> list[dict]:
        """What was asked, oldest first; those whose decoded target contains `match`."""
        return [entry for entry in self.admin("GET", "log") if match in urllib.parse.unquote(entry["target"])]

    def clear_log(self) -> None:
        self.admin("DELETE", "log")

    def fault(self, **rule) -> int:
        """Adds a fault, as in fault(match=r"\\.zip$", kind="reset", after_bytes=100, times=1); its number."""
        return self.admin("POST", "faults", rule)["rules"][0]

    def faults(self) -> list[dict]:
        return self.admin("GET", "faults")

    def clear(self) -> None:
        """Takes back all faults."""
        self.admin("DELETE", "faults")

    def clock(self, now=None, *, advance_ms: int | None = None) -> int:
        """Sets or advances the exchange's clock where asked to; epoch milliseconds of what it then shows."""
        if now is None and advance_ms is None:
            return to_ms(self.admin("GET", "info")["now"])
        change = {"now": to_ms(now)} if now is not None else {"advance_ms": advance_ms}
        return to_ms(self.admin("POST", "clock", change)["now"])

    def budget(self, market: str, *, limit: int | None = None, used: int | None = None) -> dict:
        """Sets the weight a minute of a market (spot, um, cm), or what of it is used; lifts a ban."""
        given = {name: value for name, value in (("limit", limit), ("used", used)) if value is not None}
        return self.admin("POST", "budget", {"market": market, **given})

    def rows(self, market: str, symbol: str, interval: str, start, end) -> list[list]:
        """The truth: every candle that opens in [start, end), as REST prints it, whether the clock is there yet or not."""
        query = urllib.parse.urlencode(
            {"market": market, "symbol": symbol, "interval": interval, "from": to_ms(start), "to": to_ms(end)}
        )
        return self.admin("GET", f"rows?{query}")
