"""What a newcomer is told: a typo is named, by what would be right, and never praised or passed over."""

from __future__ import annotations

import json

import pytest

MONTH = ("BTCUSDT", "1h", "--start", "2024-03-01", "--end", "2024-03-31")


def one_line(told) -> str:
    (line,) = told.err.splitlines()
    assert line.startswith("klinekeep: ")
    return line


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
