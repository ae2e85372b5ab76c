"""The folder tree shows the architecture, and dependencies run one way: checked over every include of our own sources."""

import pathlib
import re

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
INCLUDE = re.compile(r'^\s*#\s*include\s+"([^"]+)"', re.MULTILINE)
BELOW = {
    "memory": set(),
    "processor": set(),
    "core": {"memory"},
    "input": {"core", "processor"},
    "frame": {"core"},
    "codecs": {"core", "memory", "processor"},
    "planner": {"core"},
    "transport": {"core", "codecs"},
    "sources": {"core", "memory", "frame", "codecs", "planner", "transport"},
    "store": {"core", "frame", "processor"},
    "manager": {"core", "frame", "planner", "sources", "store"},
}
PURE = ("core", "codecs", "planner")
IO = re.compile(r"<(fstream|filesystem|iostream|cstdio|unistd\.h|sys/\w+\.h|curl/.*|thread|ctime|time\.h)>")


def sources(folder: str):
    return sorted(p for p in (ROOT / folder).rglob("*") if p.suffix in (".hpp", ".cpp", ".h"))


def upward_includes(layer: str, text: str) -> list[str]:
    allowed = BELOW[layer] | {layer, "klinekeep"}
    return [name for name in INCLUDE.findall(text) if name.split("/")[0] not in allowed]


@pytest.mark.parametrize("layer", BELOW)
def test_a_layer_includes_only_what_is_below_it(layer):
    files = sources(f"src/{layer}")
    assert files
    assert {str(p): bad for p in files if (bad := upward_includes(layer, p.read_text()))} == {}


def test_the_check_can_fail():
    assert upward_includes("planner", '#include "core/time.hpp"\n#include "sources/merge.hpp"') == ["sources/merge.hpp"]


def test_every_layer_is_checked():
    assert {p.name for p in (ROOT / "src").iterdir() if p.is_dir()} == set(BELOW)


@pytest.mark.parametrize("layer", PURE)
def test_pure_layers_do_no_io_and_read_no_clock(layer):
    reading_clock = re.compile(r"system_clock::now|steady_clock::now|getenv")
    for path in sources(f"src/{layer}"):
        text = path.read_text()
        assert not IO.search(text), path
        if path.name != "time.cpp":  # system_now, the one default that callers inject
            assert not reading_clock.search(text), path


def test_simdjson_parses_with_the_kernels_that_are_chosen():
    """By its own variable it may refuse every text."""
    parser = re.compile(r"\b(dom|ondemand)::parser \w+;")
    users = [path for path in sources("src") + sources("cli") if parser.search(path.read_text())]
    assert len(users) >= 3
    assert [path for path in users if "use_json_kernels()" not in path.read_text()] == []


def test_memory_maps_no_file():
    for path in sources("src/memory"):
        text = path.read_text()
        assert set(re.findall(r"::mmap\(.*?, (\S+), 0\)", text)) <= {"-1"}, path
        assert not IO.search(text.replace("<sys/mman.h>", "")), path


def test_the_library_does_not_know_the_replica_nor_the_faces():
    for path in sources("src") + sources("include"):
        assert not re.search(r"replica|\bcli/|python/", " ".join(INCLUDE.findall(path.read_text()))), path


def test_the_replica_knows_nothing_of_the_library():
    for path in sources("replica"):
        assert "klinekeep/" not in " ".join(INCLUDE.findall(path.read_text())), path


def test_files_stay_small():
    for folder in ("src", "include", "cli", "replica", "tests", "fuzz"):
        for path in sources(folder):
            assert len(path.read_text().splitlines()) <= 600, path


def test_every_source_file_is_built():
    """A file that no build file names is dead."""
    lists = {p.parent: p.read_text() for p in ROOT.rglob("CMakeLists.txt") if "build" not in p.parts and ".venv" not in p.parts}
    for folder in ("src", "cli", "replica"):
        for path in sources(folder):
            if path.suffix != ".cpp":
                continue
            named = any(path.name in text for where, text in lists.items() if where in path.parents)
            assert named, path


FLAG = re.compile(r'"(?:[^"\\\n]|\\.)*(?:--[a-z]|`klinekeep )(?:[^"\\\n]|\\.)*"')


@pytest.mark.parametrize("layer", sorted(set(BELOW) - {"input"}))
def test_messages_below_the_faces_name_things_and_not_flags(layer):
    """What a library says is read in Python and C++ too, where there is no command line."""
    assert {str(p): told for p in sources(f"src/{layer}") if (told := FLAG.findall(p.read_text()))} == {}
