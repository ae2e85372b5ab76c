"""What a newcomer is told: a typo is named, by what would be right, and never praised or passed over."""

from __future__ import annotations

import json

import pytest

MONTH = ("BTCUSDT", "1h", "--start", "2024-03-01", "--end", "2024-03-31")


def one_line(told) -> str:
    (line,) = told.err.splitlines()
    assert line.startswith("klinekeep: ")
    return line


# -- words of the command line -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "words, named",
    [
        (["get", "BTCUSDT", "1h", "--strat", "-1d"], "there is no flag '--strat'; `klinekeep get --help`"),
        (["get", "--foo"], "there is no flag '--foo'; `klinekeep get --help`"),
        (["--foo"], "there is no flag '--foo'"),
        (["cache", "ls", "--symbl", "BTCUSDT"], "there is no flag '--symbl'; `klinekeep cache ls --help`"),
        (["get", *MONTH, "1m"], "'1m' is one word too many"),
        (["fetch"], "there is no command 'fetch'; those of `klinekeep` are get, plan, cache and symbols"),
        (["help"], "there is no command 'help'"),
        (["cache", "lst"], "there is no command 'lst'; those of `klinekeep cache` are ls, stats, validate,"),
        (["fetch\nall"], "there is no command 'fetch\\nall'"),
    ],
)
def test_what_is_unknown_is_named_before_what_is_missing(kk, words, named):
    told = kk(*words)
    assert told.code == 2 and named in one_line(told) and told.out == b""


@pytest.mark.parametrize(
    "words, named",
    [
        (["get", "BTCUSDT", "1h"], "--start is required; `klinekeep get --help`"),
        (["get", "BTCUSDT", "1h", "--start"], "--start"),
        ([], "`klinekeep` takes one of the commands get, plan, cache and symbols"),
        (["cache"], "`klinekeep cache` takes one of the commands ls, "),
    ],
)
def test_what_is_missing_is_told_in_one_line(kk, words, named):
    told = kk(*words)
    assert told.code == 2 and named in one_line(told)


def test_help_and_the_version_are_no_errors(kk):
    for words in (["--help"], ["get", "--help"], ["cache", "ls", "--help"], ["--version"]):
        assert kk(*words).ok().err == ""


# -- selections of the cache ---------------------------------------------------------------------------------------------------


@pytest.fixture
def mine(kk):
    """A month of an exchange called `mytest`, in the cache."""
    kk("get", *MONTH, "--source", "rest", "--upstream", "mytest", "--rest-url", kk.replica.url, "-o", "/dev/null").ok()
    return kk


@pytest.mark.parametrize("command", ["validate", "repair", "refresh"])
@pytest.mark.parametrize(
    "words, told",
    [
        (["--upstream", "mytets"], "the cache has nothing of upstream mytets; it has series of mytest"),
        (["NOPE", "--upstream", "mytest"], "the cache has nothing of NOPE of upstream mytest; its symbols are BTCUSDT"),
        (["BTCUSDT", "2h", "--upstream", "mytest"], "the cache has nothing of BTCUSDT 2h of upstream mytest; of BTCUSDT it has 1h spot"),
        (["--market", "um", "--upstream", "mytest"], "the cache has nothing of market um of upstream mytest; it has spot"),
    ],
)
def test_a_selection_of_nothing_is_never_called_sound(mine, command, words, told):
    result = mine("cache", command, *words)
    assert result.code == 2 and told in one_line(result) and result.out == b""


def test_a_symbol_that_is_not_there_is_told_of_all_exchanges(mine):
    assert "the cache has nothing of NOPE; its symbols are BTCUSDT" in one_line(mine("cache", "validate", "NOPE"))


@pytest.mark.parametrize("command", ["ls", "stats"])
def test_a_list_of_nothing_says_what_there_is(mine, command):
    result = mine("cache", command, "--upstream", "mytets").ok()
    assert "it has series of mytest" in one_line(result)
    assert mine("cache", command, "--upstream", "mytets", "-q").ok().err == ""
    assert mine("cache", command, "--upstream", "mytest").ok().err == ""
    assert mine("cache", command).ok().err == ""


@pytest.mark.parametrize("command", ["validate", "repair", "refresh", "ls", "stats"])
def test_an_empty_cache_says_so_to_whoever_selects(kk, command):
    assert "nothing of" not in kk("cache", command).ok().err.replace("nothing of binance", "")
    told = kk("cache", command, "--upstream", "us")
    assert told.code == (0 if command in ("ls", "stats") else 2)
    assert f"the cache in '{kk.home}/cache/klinekeep' is empty" in one_line(told)


def test_an_exchange_of_the_environment_of_which_nothing_is_kept_is_not_called_sound(mine):
    told = mine("cache", "repair", env={"KLINEKEEP_UPSTREAM": "us", "KLINEKEEP_REST_URL": "", "KLINEKEEP_VISION_URL": ""}).ok()
    assert "nothing to repair: the cache has nothing of us" in told.err and "series of mytest (--upstream mytest)" in told.err


def test_many_are_not_all_named(mine):
    for interval in ("2h", "4h", "6h", "8h", "12h"):
        mine("get", "BTCUSDT", interval, *MONTH[2:], "--source", "rest", "--upstream", "mytest", "--rest-url", mine.replica.url, "-q").ok()
    assert "and 1 more" in one_line(mine("cache", "validate", "BTCUSDT", "1d"))


# -- the environment and the config file -----------------------------------------------------------------------------------------


@pytest.fixture
def config(kk):
    path = kk.home / "config/klinekeep/config.toml"
    path.parent.mkdir(parents=True)
    return path


PLAN = ("plan", "BTCUSDT", "1h", "--start", "-3d")


@pytest.mark.parametrize(
    "name, value",
    [("UPSTREAM", "Binance"), ("REST_URL", "foo"), ("VISION_URL", "http://a/b"), ("NOW", "yesterday"), ("CACHE_DIR", "~/x"), ("CACHE_MAX_SIZE", "much"), ("CACHE_MAX_AGE", "5")],
)
def test_a_value_that_cannot_be_is_told_with_its_place(kk, config, name, value):
    told = kk(*PLAN, env={f"KLINEKEEP_{name}": value})
    assert told.code == 2 and one_line(told).startswith(f"klinekeep: KLINEKEEP_{name}: ")
    for variable in [variable for variable in kk.env if variable.startswith("KLINEKEEP_")]:
        del kk.env[variable]
    config.write_text(f'# mine\n\n{name.lower()} = "{value}"\n')
    told = kk(*PLAN)
    assert told.code == 2 and one_line(told).startswith(f"klinekeep: {config}:3 ({name.lower()}): ")


def test_a_choice_of_kernels_that_is_none_is_told(kk):
    told = kk(*PLAN, env={"KLINEKEEP_KERNELS": "avx3"})
    assert told.code == 2 and one_line(told) == "klinekeep: KLINEKEEP_KERNELS: 'avx3' is no choice of kernels; it is one of fastest, portable"
    assert kk(*PLAN, env={"KLINEKEEP_KERNELS": "portable"}).ok().out == kk(*PLAN, env={"KLINEKEEP_KERNELS": ""}).ok().out


@pytest.mark.parametrize("key", ["rest_url", "vision_url", "upstream", "cache_dir", "cache_max_size", "cache_max_age", "now", "ca_file"])
def test_an_empty_text_in_the_file_says_nothing_and_is_told(kk, config, key):
    config.write_text(f'{key} = ""\n')
    told = kk(*PLAN)
    assert told.code == 2 and f"{config}:1: {key} cannot be empty" in one_line(told)


def test_no_proxy_is_said_by_an_empty_text(kk, config):
    config.write_text('proxy = ""\n')
    kk(*PLAN).ok()


def test_what_something_stands_before_is_not_judged(kk, config):
    config.write_text('upstream = "Binance"\nrest_url = "foo"\nvision_url = "foo"\ncache_max_size = "much"\nnow = "then"\n')
    env = {"KLINEKEEP_UPSTREAM": "us", "KLINEKEEP_REST_URL": "", "KLINEKEEP_VISION_URL": "", "KLINEKEEP_CACHE_MAX_SIZE": "1G"}
    assert json.loads(kk(*PLAN, "--json", env=env).ok().out)["upstream"] == "us"
    kk(*PLAN, env={"KLINEKEEP_CACHE_MAX_SIZE": "1G"}).ok()


# -- a config file that cannot be read ---------------------------------------------------------------------------------------------


@pytest.fixture
def no_words(kk):
    """The file alone would say which exchange is asked."""
    for variable in [variable for variable in kk.env if variable.startswith("KLINEKEEP_")]:
        del kk.env[variable]
    return kk


def in_the_way(config):
    config.parent.rmdir()
    config.parent.write_text("no folder")


def a_folder(config):
    config.mkdir()


def a_loop(config):
    config.symlink_to(config)


def no_right(config):
    config.write_text('upstream = "mytest"\n')
    config.parent.chmod(0)


@pytest.mark.parametrize(
    "spoil, why", [(in_the_way, "Not a directory"), (a_folder, "Is a directory"), (a_loop, "Too many levels of symbolic links"), (no_right, "Permission denied")]
)
def test_a_config_file_that_cannot_be_read_is_not_absent(no_words, config, spoil, why):
    spoil(config)
    if spoil is no_right:
        try:
            config.exists() and pytest.skip("this user may search every folder")
        except PermissionError:
            pass
    told = no_words(*PLAN)
    config.parent.chmod(0o755)
    assert told.code == 2 and one_line(told) == f"klinekeep: the config file '{config}' cannot be read: {why}"


def test_a_config_file_that_is_not_there_is_absent(no_words, config):
    assert json.loads(no_words(*PLAN, "--json").ok().out)["upstream"] == "binance"


# -- a URL that is another exchange's ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "env, name, why",
    [
        ({"UPSTREAM": "a", "REST_URL": "http://127.0.0.1:9"}, "mytest", "the URL in KLINEKEEP_REST_URL is that of upstream 'a', which KLINEKEEP_UPSTREAM names"),
        ({"REST_URL": "https://api.binance.us"}, "mytest", "the URL in KLINEKEEP_REST_URL is that of upstream us"),
        ({"VISION_URL": "http://127.0.0.1:9"}, "us", "the URL in KLINEKEEP_VISION_URL is not asked, as us has hosts of its own: give the URL where the name is given"),
    ],
)
def test_a_url_that_was_given_and_left_out_is_told(no_words, env, name, why):
    source = "vision" if "VISION_URL" in env else "auto"
    told = no_words(*PLAN, "--upstream", name, "--source", source, env={f"KLINEKEEP_{key}": value for key, value in env.items()})
    assert told.code == 2 and one_line(told).endswith(f"; {why}")


def test_a_refresh_without_the_archive_says_what_it_could_not_ask_and_asks_rest(kk):
    at = ("--upstream", "testnet", "--rest-url", kk.replica.url)
    kk("get", *MONTH, "--source", "vision", *at, "--vision-url", kk.replica.url, "-q").ok()
    told = kk("cache", "refresh", *at)
    assert told.code == 8
    assert "whether it has changed since could not be asked: upstream testnet has no archive that is known: give the URL of its archive" in told.text
    assert "1 partition looked at" in told.text


# -- what is written -----------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("ending", [".csv.gz", ".parq", ".txt"])
def test_an_ending_that_is_unknown_is_told_before_anything_is_asked(kk, ending):
    path = kk.home / f"x{ending}"
    told = kk("get", *MONTH, "-o", path)
    assert told.code == 2 and ".csv, .json, .arrow, .feather and .parquet are known" in one_line(told)
    assert not path.exists() and list(kk.replica.log()) == []
    kk("get", *MONTH, "-o", path, "-f", "csv").ok()
    assert path.read_text().startswith("open_time,")


@pytest.mark.parametrize("source", ["auto", "rest", "cache"])
def test_a_window_in_which_nothing_has_closed_says_so(kk, source):
    words = ("get", "BTCUSDT", "1d", "--start", "2026-09-24", "--source", source, "-f", "csv", "--report", kk.home / "report.json")
    told = kk(*words).ok()
    assert told.rows == [] and "no candle of this window has closed yet" in one_line(told)
    assert json.loads((kk.home / "report.json").read_text())["notes"] == ["no candle of this window has closed yet"]
