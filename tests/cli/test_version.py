"""`--version`: one line, and with --verbose what a bug report needs."""

import ctypes
import json
import os
import platform
import re
import shutil
import subprocess

import pytest

NAMES = ["built by", "kernels", "Arrow", "libcurl", "OpenSSL", "ISA-L", "simdjson", "pugixml", "xxHash", "fmt", "utf8proc",
         "certificates", "cache", "config file", "glibc", "kernel"]


def told(kk, *words, **options) -> dict[str, str]:
    """By name, from the lines below the first."""
    lines = kk("--version", "--verbose", *words, **options).ok().text.splitlines()[1:]
    return dict(re.fullmatch(r"  (\S+(?: \S+)*) {2,}(.*)", line).groups() for line in lines)


def test_alone_it_is_one_line(kk):
    assert re.fullmatch(r"klinekeep \d+\.\d+\.\d+\n", kk("--version").ok().text)


@pytest.mark.parametrize("words", [("--version", "--verbose"), ("--verbose", "--version"), ("-v", "--version"), ("get", "--version", "-v")])
def test_verbose_begins_with_that_line_and_names_all_parts(kk, words):
    said = kk(*words).ok()
    first, *lines = said.text.splitlines()
    assert first + "\n" == kk("--version").text and said.err == ""
    assert [re.split(" {2,}", line.strip())[0] for line in lines] == NAMES


def test_as_json(kk):
    said = json.loads(kk("--version", "--verbose", "--json").ok().text)
    assert said == json.loads(kk("--version", "--json").ok().text)
    assert list(said) == ["klinekeep", *(name.lower().replace(" ", "_").replace("-", "_") for name in NAMES)]
    assert {name: said[name.lower().replace(" ", "_").replace("-", "_")] for name in NAMES} == told(kk)
    assert f"klinekeep {said['klinekeep']}\n" == kk("--version").text


def test_versions_are_those_of_the_libraries_that_run(kk):
    parts = told(kk)
    libraries = subprocess.run(["ldd", kk.binary], capture_output=True, text=True, check=True).stdout
    path = {name: re.search(rf"{name}\.so\S* => (\S+)", libraries)[1] for name in ("libcurl", "libcrypto", "libxxhash")}

    def library(name, function, restype, *arguments):
        called = getattr(ctypes.CDLL(path[name]), function)
        called.restype = restype
        return called(*arguments)

    curl = library("libcurl", "curl_version", ctypes.c_char_p).decode()  # libcurl/7.88.1 OpenSSL/3.0.19 … nghttp2/1.52.0 …
    version, tls = re.match(r"libcurl/(\S+) (\S+)", curl).groups()
    assert parts["libcurl"].startswith(f"{version} ({tls}, ") and re.search(r"nghttp2/\S+", curl)[0] in parts["libcurl"]
    assert parts["OpenSSL"] == library("libcrypto", "OpenSSL_version", ctypes.c_char_p, 6).decode()  # OPENSSL_VERSION_STRING
    number = library("libxxhash", "XXH_versionNumber", ctypes.c_uint)
    assert parts["xxHash"] == f"{number // 10000}.{number // 100 % 100}.{number % 100}"
    assert parts["glibc"] == platform.libc_ver()[1]
    assert parts["kernel"] == f"{platform.system()} {platform.release()} {platform.machine()}"


def test_kernels_are_those_of_this_processor(kk):
    flags = set(re.search(r"^flags\s*: (.*)$", open("/proc/cpuinfo").read(), re.M)[1].split())
    assert told(kk)["kernels"] == ("avx2" if {"avx2", "fma", "bmi1", "popcnt"} <= flags else "portable")
    assert told(kk, env={"KLINEKEEP_KERNELS": "portable"})["kernels"] == "portable"


@pytest.mark.parametrize("word", ["", "garbage", "fallback"])
def test_simdjsons_own_variable_has_no_say(kk, replica, word):
    """Empty or unknown, it had each text refused: sound partitions were told damaged and moved aside."""
    wanted = told(kk)["simdjson"]
    assert "unsupported" not in wanted
    odd = {"SIMDJSON_FORCE_IMPLEMENTATION": word}
    assert told(kk, env=odd)["simdjson"] == wanted
    window = ("BTCUSDT", "1h", "2024-03-04", "2024-03-05")
    rows = kk.get(*window, "rest", env=odd).ok().out
    assert kk.get(*window, "cache", env=odd).ok().out == rows
    assert kk("cache", "validate", env=odd).ok()
    assert "(fallback)" in told(kk, env={"KLINEKEEP_KERNELS": "portable"})["simdjson"]


def test_no_password_is_told(kk):
    said = kk("--version", "--verbose", env={"KLINEKEEP_REST_URL": "https://user:s3cret@h.example"}).ok()
    assert "https://…@h.example" in said.text and "s3cret" not in said.text + said.err


def test_a_pipe_in_a_files_place_is_refused_and_not_waited_for(kk):
    pipe = kk.home / "pipe"
    os.mkfifo(pipe)
    assert "cannot be read" in told(kk, env={"SSL_CERT_FILE": str(pipe)})["certificates"]
    config = kk.home / "config/klinekeep/config.toml"
    config.parent.mkdir(parents=True)
    os.mkfifo(config)
    assert "it is not a file" in kk("--version", "--verbose").ok().text


def test_certificates_cache_and_config_file_are_those_that_are_used(kk):
    assert told(kk)["config file"] == f"{kk.home}/config/klinekeep/config.toml (not there)"
    config = kk.home / "config/klinekeep/config.toml"
    config.parent.mkdir(parents=True)
    config.write_text('cache_dir = "/nowhere/of the file"\nca_file = "/nowhere.pem"\n')
    parts = told(kk)
    assert parts["config file"] == str(config)
    assert re.fullmatch(r"/nowhere/of the file \(format \d+\)", parts["cache"])
    assert parts["certificates"] == "the file of trusted TLS certificates '/nowhere.pem', which ca_file names, cannot be read"
    config.write_text("")
    assert told(kk, "--cache-dir", "/nowhere/of the flag")["cache"].startswith("/nowhere/of the flag (")
    some = kk.home / "some.pem"
    some.touch()
    assert told(kk, env={"SSL_CERT_FILE": str(some)})["certificates"] == f"{some} (SSL_CERT_FILE)"


def test_settings_that_cannot_be_used_are_told_and_no_error(kk):
    config = kk.home / "config/klinekeep/config.toml"
    config.parent.mkdir(parents=True)
    config.write_text("cache_dri = 1\n")
    parts = told(kk)
    assert "cache_dri" in parts["settings"] and "cache" not in parts and parts["config file"] == str(config)
    assert re.fullmatch(r"klinekeep \S+\n", kk("--version").ok().text)


@pytest.mark.skipif(shutil.which("strace") is None, reason="strace is not installed")
def test_alone_it_opens_nothing_but_its_libraries(kk, tmp_path):
    trace = tmp_path / "trace"
    subprocess.run(["strace", "-f", "-e", "trace=open,openat", "-o", trace, kk.binary, "--version"], env=kk.env, check=True, capture_output=True)
    opened = re.findall(r'open(?:at)?\([^"]*"([^"]+)"', trace.read_text())
    assert opened and [path for path in opened if "klinekeep" in path and ".so" not in path] == []


def test_nothing_is_made_and_nobody_asked(kk, replica):
    replica.clear_log()
    before = sorted(path.name for path in kk.home.rglob("*"))
    told(kk)
    assert sorted(path.name for path in kk.home.rglob("*")) == before and replica.log() == []
