"""Descriptors that run out, and disks that cannot be written, by the real program."""

import os
import resource
import subprocess

import pytest
from cache_support import Cache, asked
from klinekeep_process import without_sanitizer

MONTH = ("ETHUSDT", "1h", "--start", "2024-01-01", "--end", "2024-01-31")


@pytest.mark.parametrize("more", [(), ("--no-cache",)], ids=["cached", "uncached"])
@pytest.mark.parametrize("descriptors", [5, 6, 7])
def test_descriptors_that_run_out_are_named_and_no_host_is_down(kk, replica, descriptors, more):
    kk.binary = without_sanitizer()  # UBSan looks at objects through a pipe, and takes one for another where it cannot have it
    few = resource.RLIMIT_NOFILE, (descriptors, descriptors)
    told = kk("get", *MONTH, *more, preexec_fn=lambda: resource.setrlimit(*few))
    if told.code == 0:  # so few are enough
        assert kk("get", *MONTH, "--no-cache").ok().out == told.out
        return
    assert told.code == 9 and "ulimit -n" in told.err and told.out == b"", told.err
    assert not any(word in told.err for word in ("no connection", "did not answer", "unknown host")), told.err


@pytest.fixture
def mounted(tmp_path):
    """Mounts at a folder, and undoes it."""
    if os.geteuid() != 0:
        pytest.skip("mounts are made by root")
    folder = tmp_path / "mounted"
    folder.mkdir()

    def mount(*words: str) -> None:
        if subprocess.run(["mount", *words, folder], capture_output=True).returncode != 0:
            pytest.skip("no mounts may be made here")

    yield folder, mount
    subprocess.run(["umount", folder], capture_output=True)


def test_refresh_of_a_cache_that_cannot_be_written_fails_and_asks_nobody(kk, replica, mounted):
    folder, mount = mounted
    mount("-t", "tmpfs", "none")
    kk("get", *MONTH, "--cache-dir", folder).ok()
    mount("-o", "remount,ro", "none")
    replica.clear_log()
    told = kk("cache", "refresh", "--cache-dir", folder)
    assert told.code == 9 and str(folder) in told.err, told.err
    assert asked(replica) == []


def test_refresh_of_a_month_whose_lock_is_in_the_way_asks_nobody(kk, replica):
    kk("get", *MONTH).ok()
    (path,) = Cache(kk).partitions()
    for lock in path.parent.glob(".*lock"):
        lock.unlink()
        lock.mkdir()
    replica.clear_log()
    told = kk("cache", "refresh")
    assert told.code == 9 and str(path.parent) in told.err, told.err
    assert asked(replica) == []


def test_repair_on_a_full_disk_says_that_it_is_full(kk, replica, mounted):
    folder, mount = mounted
    mount("-t", "tmpfs", "-o", "size=64k", "none")
    told = kk("cache", "repair", "BTCUSDT", "1m", "--date", "2024-01", "--cache-dir", folder / "cache")
    assert told.code == 9, (told.text, told.err)
    assert "No space left" in told.text and str(folder) in told.text
