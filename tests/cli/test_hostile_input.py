"""What comes from outside: symbols as attack, times, URLs, config files, clocks."""

import pytest

pytestmark = pytest.mark.usefixtures("uncached")

DAY = ("2024-03-04", "2024-03-04")
ATTACKS = {
    "empty": "",
    "parent": "../BTCUSDT",
    "deep": "../../../../etc/passwd",
    "absolute": "/etc/passwd",
    "encoded slash": "BTC%2fUSDT",
    "query": "BTCUSDT?x=1",
    "ampersand": "BTCUSDT&limit=1",
    "fragment": "BTCUSDT#",
    "newline": "BTC\nUSDT",
    "return": "BTC\r\nHost: evil",
    "tab": "BTC\tUSDT",
    "blank": "BTC USDT",
    "dot": ".",
    "backslash": "BTC\\USDT",
    "4 KB": "A" * 4096,
    "65": "A" * 65,
    "right to left mark": "BTC\u200fUSDT",
    "override": "BTC\u202eTDSU",
    "zero width": "BTC\u200bUSDT",
    "combining": "BTCU\u0301SDT",
    "nfd": "Cafe\u0301USDT",
    "full width": "ＢＴＣ１",
    "emoji": "🚀USDT",
    "quote": "BTC'USDT",
    "semicolon": "BTC;rm",
    "glob": "BTC*",
}


@pytest.mark.parametrize("symbol", ATTACKS.values(), ids=ATTACKS.keys())
@pytest.mark.parametrize("source", ["rest", "vision"])
def test_a_symbol_that_is_none_reaches_neither_path_nor_url(kk, replica, symbol, source):
    """Pitfall 45."""
    if symbol == "ＢＴＣ１":
        symbol = "BTC１"  # a full-width digit: no letter
    result = kk.get(symbol, "1h", *DAY, source)
    assert (result.code, result.out) == (2, b"")
    assert len(result.err) < 700
    assert not any(c in result.err for c in "\u200f\u202e\u200b\r\t") and result.err.count("\n") <= 3
    assert replica.log() == []


@pytest.mark.parametrize("raw", [b"BTC\xff", b"\xc0\xafBTC", b"BTC\xed\xa0\x80", b"BTC\x1b[31m"])
def test_bytes_that_are_no_text(kk, replica, raw):
    with kk.popen("get") as _:
        pass
    import subprocess

    from klinekeep_process import BINARY

    done = subprocess.run([BINARY.encode(), b"get", raw, b"1h", b"--start", b"2024-03-04", b"--source", b"rest"], env=kk.env, capture_output=True)
    assert done.returncode == 2 and b"\x1b" not in done.stderr and b"\xff" not in done.stderr
    assert replica.log() == []


def test_a_leading_dash_after_the_separator_is_refused(kk):
    result = kk("get", "--start", "2024-03-04", "--source", "rest", "--", "-BTC", "1h")
    assert result.code == 2 and "begins with" in result.err


def test_lower_case_is_folded_up(kk):
    assert kk.get("btcusdt", "1h", *DAY, "rest").ok().out == kk.get("BTCUSDT", "1h", *DAY, "rest").ok().out


@pytest.mark.parametrize("source", ["rest", "vision"])
@pytest.mark.parametrize("market", ["spot", "um"])
def test_a_chinese_symbol_works(kk, source, market):
    assert len(kk.get("币安人生USDT", "1h", "2026-09-01", "2026-09-03", source, market=market).ok().rows) == 72


@pytest.mark.parametrize("time", ["", "yesterday", "2024-02-30", "2024-13-01", "2024-01-01T24:00", "2024-01-01T25:00Z", "1709510400", "1709510400000000", "-2x", "--", "nan", "2024-01-01T00:00:60Z"])
def test_bad_times_are_refused(kk, replica, time):
    result = kk("get", "BTCUSDT", "1h", f"--start={time}", "--source", "rest")
    assert (result.code, result.out) == (2, b"")
    assert replica.log() == []


def test_relative_times_and_words(kk):
    assert len(kk.get("BTCUSDT", "1h", "-5h", "now", "rest").ok().rows) == 5
    assert len(kk.get("BTCUSDT", "1h", "-5h", None, "rest").ok().rows) == 5
    assert len(kk.get("BTCUSDT", "1d", "-7d", "-1d", "rest").ok().rows) == 6


@pytest.mark.parametrize("url", ["ftp://x", "127.0.0.1:80", "http://", "http://a/b", "http://a?b", "http://u:p@a", "http://a b", "http://a:99999", "http://a\n.b", "javascript:1"])
@pytest.mark.parametrize("flag", ["--rest-url", "--vision-url"])
def test_bad_urls_are_refused(kk, flag, url):
    result = kk.get("BTCUSDT", "1h", *DAY, "rest", flag, url)
    assert result.code == 2 and "scheme://host:port" in result.err


class TestConfig:
    def write(self, kk, text: str):
        path = kk.home / "config" / "klinekeep" / "config.toml"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)

    def test_flag_over_environment_over_file(self, kk, replica):
        self.write(kk, f'rest_url = "{replica.url}"\nnow = "2024-03-05T00:00:00Z"\n')
        kk.env.pop("KLINEKEEP_REST_URL")
        kk.env.pop("KLINEKEEP_NOW")
        assert kk.get("BTCUSDT", "1h", "2024-03-04", "now", "rest").ok().times[-1] == 1_709_593_200_000
        kk.env["KLINEKEEP_NOW"] = "2024-03-04T12:00Z"
        assert len(kk.get("BTCUSDT", "1h", "2024-03-04", "now", "rest").ok().rows) == 12
        assert len(kk.get("BTCUSDT", "1h", "2024-03-04", "now", "rest", "--now", "2024-03-04T06:00Z").ok().rows) == 6
        kk.env["KLINEKEEP_REST_URL"] = "http://127.0.0.1:9"
        assert kk.get("BTCUSDT", "1h", *DAY, "rest", "--now", "2024-03-05").code == 8

    @pytest.mark.parametrize("text", ["rest_url = ", "rest_url = 5", "[rest]\nurl = 'x'", "colour = true", "rest_url = ['http://a', 7]", "now = 'soon'", "rest_url = 'nonsense'"])
    def test_a_bad_file_is_named(self, kk, replica, text):
        self.write(kk, text)
        kk.env = {k: v for k, v in kk.env.items() if not k.startswith("KLINEKEEP_")}
        result = kk.get("BTCUSDT", "1h", *DAY, "rest")
        assert result.code == 2
        assert "config.toml" in result.err or "soon" in result.err or "nonsense" in result.err

    def test_several_hosts(self, kk, replica):
        self.write(kk, f'rest_url = ["http://127.0.0.1:9", "{replica.url}"]\n')
        kk.env.pop("KLINEKEEP_REST_URL")
        assert len(kk.get("BTCUSDT", "1h", *DAY, "rest").ok().rows) == 24
        self.write(kk, "")
        flags = ("--rest-url", "http://127.0.0.1:9", "--rest-url", replica.url)
        assert len(kk.get("BTCUSDT", "1h", *DAY, "rest", *flags).ok().rows) == 24


class TestClock:
    """Pitfall 49: what is closed is the exchange's to say."""

    def test_a_skewed_exchange_clock_rules(self, kk, replica):
        kk.env.pop("KLINEKEEP_NOW")
        replica.fault(match="/klines", kind="clock_skew", ms=-3_600_000)
        rows = kk.get("BTCUSDT", "1m", "2026-09-24T10:50Z", "2026-09-24T11:10Z", "rest").ok().rows
        assert len(rows) == 10

    @pytest.mark.parametrize("kind", [{"kind": "no_date"}, {"kind": "status", "status": 200, "body": "[]", "headers": {"Date": "rubbish"}}])
    def test_without_a_date_our_own_clock_rules(self, kk, replica, kind):
        replica.fault(match="/klines", **kind)
        assert kk.get("BTCUSDT", "1h", *DAY, "rest").code == 0

    def test_the_archives_clock_is_never_believed(self, kk, replica):
        replica.fault(match="/data/", kind="clock_skew", ms=-10 * 365 * 86_400_000)
        assert len(kk.get("BTCUSDT", "1h", *DAY, "vision").ok().rows) == 24
