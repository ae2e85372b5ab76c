"""Memory that runs out is told as what it is: the right answer or a word for it, at whatever size it runs out. Never fewer candles, never a miss."""

import resource
import subprocess

import pytest
from cache_support import NO_SOURCE, Cache
from klinekeep_process import without_sanitizer

MB = 1 << 20


def is_same(out: bytes, expected: bytes) -> bool:
    """Not compared in an assertion, which would show where 46 MB differ."""
    return out == expected


def limited(kk, size, *arguments):
    """The command with so much address space."""

    def limit():
        resource.setrlimit(resource.RLIMIT_AS, (size, size))

    process = kk.popen(*arguments, stdout=subprocess.PIPE, stderr=subprocess.PIPE, preexec_fn=limit, env=NO_SOURCE)
    out, err = process.communicate(timeout=60)
    return process.returncode, out, err.decode()


@pytest.mark.parametrize("more", [[], ["--fill", "ffill"]], ids=["as it is", "filled"])
def test_whatever_the_limit_it_is_the_answer_or_a_word_of_memory(kk, replica, more):
    kk.binary = without_sanitizer()
    arguments = ["get", "ETHUSDT", "1m", "--start", "2023-01-01", "--end", "2023-12-31", "-f", "arrow", *more]
    expected = kk(*arguments).ok().out
    outcomes = set()
    for size in range(40 * MB, 600 * MB, 8 * MB):
        code, out, err = limited(kk, size, *arguments)
        if code == 127 or "<jemalloc>" in err:  # there is not even room for the libraries
            continue
        if code == 0:
            assert is_same(out, expected)
            outcomes.add("answered")
            break
        word = {1: "out of memory", 9: "mappings or memory ran out"}.get(code)  # the latter where a month cannot be mapped
        assert word is not None and word in err and "internal" not in err, (size // MB, code, err)
        outcomes.add("told")
    assert outcomes == {"answered", "told"}
    Cache(kk).assert_sound()
    assert is_same(kk(*arguments, env=NO_SOURCE).ok().out, expected), "something of the cache was taken for damaged"
