"""Every example in the documents is run: shell lines against the replica, C++ compiled and run, TOML read, links followed."""

import os
import pathlib
import re
import subprocess
import sys
import tomllib

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests"))
from replica_process import Replica  # noqa: E402

BUILD = pathlib.Path(os.environ.get("KLINEKEEP_BUILD", ROOT / "build/release"))
DOCUMENTS = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md"), ROOT / "replica" / "README.md"])
BLOCK = re.compile(r"^```(\w+)\n(.*?)^```", re.MULTILINE | re.DOTALL)
NOW = "2026-09-24T12:00:00Z"


def blocks(language: str):
    for path in DOCUMENTS:
        for index, (lang, text) in enumerate(BLOCK.findall(path.read_text())):
            if lang == language:
                yield pytest.param(text, id=f"{path.relative_to(ROOT)}-{index}")


@pytest.fixture(scope="module")
def environment(tmp_path_factory):
    folder = tmp_path_factory.mktemp("examples")
    (folder / "run").mkdir(mode=0o700)
    with Replica(now=NOW, frozen=True) as replica:
        yield {
            "PATH": f"{BUILD / 'bin'}:{ROOT / '.venv/bin'}:{os.environ['PATH']}",
            "HOME": str(folder),
            "XDG_RUNTIME_DIR": str(folder / "run"),
            "KLINEKEEP_REST_URL": replica.url,
            "KLINEKEEP_VISION_URL": replica.url,
            "KLINEKEEP_UPSTREAM": "binance",
            "KLINEKEEP_NOW": NOW,
        }


@pytest.mark.parametrize("text", list(blocks("sh")))
def test_shell_examples_run(environment, text):
    done = subprocess.run(["bash", "-eu", "-o", "pipefail", "-c", text], env=environment, cwd=environment["HOME"], capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr


def help_examples():
    cache = (f"cache {name}" for name in ("ls", "stats", "validate", "repair", "refresh", "prune", "reindex", "path"))
    for command in ("get", "plan", *cache, "symbols"):
        text = subprocess.run([BUILD / "bin/klinekeep", *command.split(), "--help"], capture_output=True, text=True).stdout
        for line in text.splitlines():
            if line.startswith("  klinekeep "):
                yield line.strip()


def test_the_examples_of_help_run(environment):
    lines = list(help_examples())
    assert len(lines) >= 25
    for line in lines:
        done = subprocess.run(["bash", "-c", line], env=environment, cwd=environment["HOME"], capture_output=True, text=True, timeout=120)
        assert done.returncode == 0, f"{line}: {done.stderr}"


@pytest.mark.parametrize("text", list(blocks("cpp")))
def test_cpp_examples_compile_and_run(environment, tmp_path, text):
    """With the hosts replaced, as there is no network: the source is otherwise as it stands."""
    import pyarrow

    url = environment["KLINEKEEP_VISION_URL"]
    hosts = (
        f'.rest_client = std::make_shared<EnhancedRetriever>(RestOptions{{.base_urls = {{"{url}"}}}}), '
        f'.vision_client = std::make_shared<VisionDataClient>(VisionOptions{{.base_url = "{url}"}})'
    )
    replaced = text.replace("{{.market_type = MarketType::SPOT}}", f"{{{{.market_type = MarketType::SPOT, {hosts}}}}}")
    assert replaced != text
    text = replaced
    (tmp_path / "example.cpp").write_text(text)
    arrow_libs = pyarrow.get_library_dirs()[0]
    arrow = next(pathlib.Path(arrow_libs).glob("libarrow.so.*"))
    command = ["g++", "-std=c++20", "-Wall", "-Wextra", "-Wno-missing-field-initializers", "-Werror", f"-I{ROOT / 'include'}", f"-I{BUILD / 'include'}", "-isystem", pyarrow.get_include(),
               "example.cpp", "-o", "example", f"-L{BUILD / 'lib'}", "-lklinekeep", str(arrow), f"-Wl,-rpath,{BUILD / 'lib'}", f"-Wl,-rpath,{arrow_libs}"]
    built = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True)
    assert built.returncode == 0, built.stderr
    ran = subprocess.run(["./example"], cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=60)
    assert ran.returncode == 0, ran.stderr
    assert "720 candles, 0 gaps" in ran.stdout


@pytest.mark.parametrize("text", list(blocks("toml")))
def test_toml_examples_are_read(environment, tmp_path, text):
    keys = set(tomllib.loads(text))
    assert keys
    (tmp_path / "klinekeep").mkdir()
    (tmp_path / "klinekeep" / "config.toml").write_text(text)
    done = subprocess.run(["klinekeep", "get", "BTCUSDT", "1h", "--start", "-1h", "--source", "rest"], env=environment | {"XDG_CONFIG_HOME": str(tmp_path)}, executable=BUILD / "bin/klinekeep", capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


def anchors(path: pathlib.Path) -> set[str]:
    """Of the headings of a document, as GitHub makes them."""
    titles = re.findall(r"^#+ (.*)$", re.sub(r"^```.*?^```", "", path.read_text(), flags=re.MULTILINE | re.DOTALL), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in titles}


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda p: str(p.relative_to(ROOT)))
def test_links_lead_somewhere(path):
    for target in re.findall(r"\]\(([^)\s]+)\)", path.read_text()):
        if target.startswith("http"):
            continue
        name, _, anchor = target.partition("#")
        there = path.parent / name if name else path
        assert there.exists(), target
        assert not anchor or anchor in anchors(there), target


PATH = re.compile(r"`((?:src|include|cli|tests|bench|scripts|replica|python|docs|cmake|fuzz)/[\w./*{},-]*)`")


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda p: str(p.relative_to(ROOT)))
def test_paths_that_are_named_are_there(path):
    if path.name == "CHANGELOG.md":
        pytest.skip("which names what has gone")
    for name in PATH.findall(path.read_text()):
        assert any(ROOT.glob(name)), name


EVERYTHING = "\n".join(p.read_text() for p in (ROOT / "tests").rglob("*") if p.suffix in (".py", ".cpp"))


def section(title: str) -> str:
    """Of docs/architecture.md."""
    return (ROOT / "docs/architecture.md").read_text().partition(f"\n## {title}\n")[2].partition("\n## ")[0]


def rows(title: str) -> list[str]:
    return [line for line in section(title).splitlines() if re.match(r"\| (\d+ \||\*\*C\d+\.)", line)]


@pytest.mark.parametrize("title, count", [("Pitfalls", 50), ("The contract", 12)])
def test_every_test_that_a_document_names_is_there(title, count):
    assert len(rows(title)) == count
    for name in re.findall(r"`(test_\w+|[A-Z]\w+\.[A-Z]\w+)`", section(title)):
        if name.startswith("test_"):
            assert f"def {name}(" in EVERYTHING, name
        else:
            suite, case = name.split(".")
            assert re.search(rf"{suite},\s*{case}\b", EVERYTHING), name


@pytest.mark.parametrize("title", ["Pitfalls", "The contract"])
def test_every_row_of_these_tables_names_a_test_or_a_place(title):
    assert [row for row in rows(title) if not re.search(r"`|\]\(", row.strip("| ").rsplit(" | ", 1)[-1])] == []


def test_the_exit_codes_of_the_documents_are_those_of_the_headers():
    header = (ROOT / "include/klinekeep/errors.hpp").read_text()
    table = (ROOT / "docs/errors.md").read_text()
    for name, code in re.findall(r"class KLINEKEEP_API (\w+) : public \w+ \{.*?\b(?:Error|IncompleteData)\((\d+), ", header, re.DOTALL):
        assert f"| {code} | `{name}` |" in table, name
