"""docs/architecture.md names, under Portability, the files that use what only Linux has: it does for every one, and for no other."""

import json
import pathlib
import re
import subprocess

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
TEXT = (ROOT / "docs/architecture.md").read_text()
FOLDERS = ("src", "cli", "include", "python/bindings", "replica")
SOURCES = {
    str(path.relative_to(ROOT)): re.sub(r"//[^\n]*", "", path.read_text())
    for folder in FOLDERS
    for path in (ROOT / folder).rglob("*")
    if path.suffix in (".hpp", ".cpp")
}
# What a Linux program may well use that macOS lacks, or has otherwise. What is used of it has a row in the document.
KNOWN = """
F_OFD_SETLK O_TMPFILE O_NOATIME O_PATH O_DIRECT renameat2 statx mremap MREMAP_FIXED MAP_FIXED_NOREPLACE MAP_POPULATE MAP_NORESERVE
MADV_POPULATE_WRITE MADV_POPULATE_READ MADV_HUGEPAGE inotify_ fanotify_ epoll_ eventfd signalfd timerfd memfd_create fallocate(
posix_fadvise sync_file_range fdatasync fsync copy_file_range ::splice( sendfile process_vm_readv process_vm_writev statfs OVERLAYFS_SUPER_MAGIC PROC_SUPER_MAGIC TMPFS_MAGIC
/proc/ "/sys/ SOCK_CLOEXEC SOCK_NONBLOCK accept4 pipe2 dup3 MSG_NOSIGNAL sigtimedwait sigwaitinfo mallopt malloc_trim mallinfo prctl(
getrandom gettid sched_getaffinity sched_setaffinity pthread_setname_np pthread_tryjoin_np program_invocation secure_getenv st_mtim st_ctim
st_atim SIOCOUTQ <malloc.h> <linux/ <sys/vfs.h> <sys/prctl.h> <sys/syscall.h> <sys/random.h> <bits/ <ext/ __gnu_cxx __GLIBC__ _GNU_SOURCE
xxh_x86dispatch.h close_range CLOCK_BOOTTIME CLOCK_MONOTONIC_RAW
""".split()


def users_of(word: str) -> set[str]:
    """The files that have it, as a word of its own where it begins or ends with a letter."""
    begin = r"(?<!\w)" if re.match(r"\w", word) else ""
    end = r"(?!\w)" if re.search(r"[A-Za-z0-9]$", word) else ""
    return {name for name, text in SOURCES.items() if re.search(begin + re.escape(word) + end, text)}


def rows() -> dict[str, set[str]]:
    """The words of each row of the table, with the files that the row names."""
    table = TEXT.partition("| only on Linux | in | on macOS |")[2].partition("\n\n")[0]
    named: dict[str, set[str]] = {}
    for line in table.splitlines()[2:]:
        words, files, _ = line.strip("|").split("|", 2)
        for word in re.findall(r"`([^`]+)`", words):
            named[word] = set(re.findall(r"`([^`]+)`", files))
    return named


ROWS = rows()


@pytest.mark.parametrize("word", ROWS)
def test_a_row_names_the_files_that_use_it(word):
    assert users_of(word) == ROWS[word]


@pytest.mark.parametrize("word", KNOWN)
def test_what_is_used_of_linux_has_a_row(word):
    named = {name for row, files in ROWS.items() if word in row or row in word for name in files}
    assert users_of(word) <= named


def test_the_check_finds_something():
    assert len(ROWS) > 20
    assert users_of("F_OFD_SETLK") == {"src/store/real_files.cpp"}
    assert users_of("F_OFD_SETL") == set()


def test_what_has_kernels_is_tested_with_the_portable_ones_too():
    shown = subprocess.run(["ctest", "--test-dir", ROOT / "build/release", "--show-only=json-v1"], capture_output=True, check=True)
    environments = {
        test["name"]: {word for each in test["properties"] if each["name"] == "ENVIRONMENT" for word in each["value"]}
        for test in json.loads(shown.stdout)["tests"]
    }
    again = {name.removesuffix(".portable_kernels") for name in environments if name.endswith(".portable_kernels")}
    assert again == {"processor_test", "codecs_test", "codecs_corpus_test", "store_test", "cli_output_test"}
    for name in again:
        assert "KLINEKEEP_KERNELS=portable" in environments[f"{name}.portable_kernels"]
        assert not any(word.startswith("KLINEKEEP_KERNELS") for word in environments[name])
