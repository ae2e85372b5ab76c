"""The installed command, and the installed library in a stranger's CMake project."""

import json
import re
import shlex
import subprocess

import pytest
from installation import BUILD, REPOSITORY, VERSION, knows, run

STRANGER = REPOSITORY / "tests/packaging/stranger"


@pytest.fixture(scope="module")
def stranger(prefix, bare_environment, tmp_path_factory):
    """The stranger's project, built in a folder of its own."""
    build = tmp_path_factory.mktemp("stranger")
    run("cmake", "-S", STRANGER, "-B", build, "-G", "Ninja", "-DCMAKE_BUILD_TYPE=Debug",
        f"-DCMAKE_PREFIX_PATH={prefix}", env=bare_environment)
    run("cmake", "--build", build, env=bare_environment)
    return build


def files_in(prefix):
    return {str(path.relative_to(prefix)) for path in prefix.rglob("*") if not path.is_dir()}


def libraries_of(path, environment):
    """The files that the loader takes for `path`, by name."""
    lines = run("ldd", path, env=environment).splitlines()
    assert not [line for line in lines if "not found" in line]
    return dict(line.strip().split(" (")[0].split(" => ") for line in lines if " => " in line)


def test_everything_is_there(prefix):
    files = files_in(prefix)
    headers = {f"include/klinekeep/{path.name}" for path in (REPOSITORY / "include/klinekeep").glob("*.hpp")}
    assert headers | {
        "bin/klinekeep",
        "lib/libklinekeep.so",
        f"lib/libklinekeep.so.{VERSION}",
        "include/klinekeep/version.hpp",
        "lib/cmake/klinekeep/klinekeepConfig.cmake",
        "lib/cmake/klinekeep/klinekeepConfigVersion.cmake",
        "lib/cmake/klinekeep/klinekeepTargets.cmake",
        "share/man/man1/klinekeep.1",
        "share/bash-completion/completions/klinekeep",
        "share/zsh/site-functions/_klinekeep",
        "share/fish/vendor_completions.d/klinekeep.fish",
        "share/doc/klinekeep/LICENSE",
        "share/doc/klinekeep/NOTICE",
    } <= files


def test_nothing_else_is_there(prefix):
    """Above all no headers of the layers below and no headers or libraries of a system folder."""
    known = re.compile(
        r"bin/klinekeep|lib/libklinekeep\.so[.\d]*|lib/klinekeep/lib(arrow|parquet)\.so\.\d+|lib/cmake/klinekeep/[^/]*|lib/pkgconfig/klinekeep\.pc"
        r"|include/klinekeep/\w+\.hpp|include/klinekeep-arrow/arrow/.*|share/doc/klinekeep/(LICENSE|NOTICE|copyright|arrow/\w+\.txt)"
        r"|share/(man/man1|bash-completion/completions|zsh/site-functions|fish/vendor_completions.d)/[^/]*"
    )
    assert [name for name in files_in(prefix) if not known.fullmatch(name)] == []


def test_no_file_knows_the_checkout(prefix):
    """Nor the build folder, nor the .venv in it."""
    contents = {path.name: path.read_bytes() for path in prefix.rglob("*") if path.is_file()}
    assert [name for name, content in contents.items() if knows(content, REPOSITORY) or knows(content, BUILD)] == []


def test_command_runs_anywhere(prefix, bare_environment, tmp_path):
    command = prefix / "bin/klinekeep"
    assert run(command, "--version", env=bare_environment, cwd=tmp_path) == f"klinekeep {VERSION}\n"
    said = run(command, "get", "../x", "1m", "--start", "-1h", "--source", "rest", code=2, env=bare_environment, cwd=tmp_path)
    assert said.startswith("klinekeep: ")


@pytest.mark.parametrize("name", ["bin/klinekeep", "lib/libklinekeep.so"])
def test_loader_takes_our_arrow_or_the_systems(prefix, bare_environment, name):
    for library, path in libraries_of(prefix / name, bare_environment).items():
        assert path.startswith((str(prefix), "/lib/", "/usr/lib/", "/lib64/")), library
    paths = re.findall(r"R(?:UN)?PATH.*\[(.*)\]", run("readelf", "-d", prefix / name))
    assert all(part.startswith("$ORIGIN") for path in paths for part in path.split(":"))


def test_library_shows_only_its_interface(prefix):
    """Each of our names that it shows is in a public header; of others, only inline parts of what the headers use."""
    public = "".join(path.read_text() for path in (prefix / "include/klinekeep").glob("*.hpp"))
    ours = set()
    for line in run("nm", "-DC", "--defined-only", prefix / "lib/libklinekeep.so").splitlines():
        _, kind, name = line.split(" ", 2)
        namespace = re.search(r"(\w+)::(\w+)", name)
        if namespace and namespace[1] == "klinekeep":
            assert re.search(rf"\b{namespace[2]}\b", public), line
            ours.add(namespace[2])
        else:
            assert kind in "VWu" and (not namespace or namespace[1] in ("std", "__gnu_cxx", "arrow")), line
    assert {"Symbol", "VisionDataClient", "EnhancedRetriever", "SourceUnavailable", "adjust_time_window"} <= ours


def test_stranger_runs_and_catches_by_type(stranger, bare_environment):
    assert run(stranger / "stranger", env=bare_environment).splitlines() == [
        "2024-03-15T12:34:57Z 2024-03-15T12:35:02Z",
        "symbol: 2",
        "symbol, by its base: 2",
        "vision: 8",
        "vision, by its base: 8",
    ]


def compile_with(stranger, *definitions):
    entry = json.loads((stranger / "compile_commands.json").read_text())[0]
    command = [*shlex.split(entry["command"]), "-fsyntax-only", *definitions]
    return subprocess.run(command, cwd=entry["directory"], capture_output=True, text=True)


def test_misuse_does_not_compile(stranger):
    """Each bad line is an error, and nothing else is: not the line before, for another reason."""
    lines = (STRANGER / "main.cpp").read_text().splitlines()
    bad = {number for number, line in enumerate(lines, 1) if "// bad:" in line}
    assert len(bad) == 8
    done = compile_with(stranger, "-DBAD")
    assert done.returncode != 0
    assert {int(n) for n in re.findall(r"main\.cpp:(\d+):\d+: error:", done.stderr)} == bad, done.stderr
    assert compile_with(stranger).returncode == 0


def test_other_minor_version_is_refused(prefix, bare_environment, tmp_path):
    (tmp_path / "CMakeLists.txt").write_text(
        "cmake_minimum_required(VERSION 3.25)\nproject(x LANGUAGES NONE)\nfind_package(klinekeep 0.0 REQUIRED)\n"
    )
    said = run("cmake", "-S", tmp_path, "-B", tmp_path / "b", f"-DCMAKE_PREFIX_PATH={prefix}", code=1, env=bare_environment)
    assert "compatible" in said


def test_pkg_config_builds_a_strangers_program(prefix, bare_environment, tmp_path):
    """Without CMake; also after the installation was moved, but not to a name with a blank, which pkg-config cannot hand to a linker."""
    (tmp_path / "moved").symlink_to(prefix)
    environment = bare_environment | {"PKG_CONFIG_PATH": str(tmp_path / "moved/lib/pkgconfig")}
    flags = shlex.split(run("pkg-config", "--cflags", "--libs", "klinekeep", env=environment))
    run("g++", "-std=c++20", "-Wall", "-Wextra", "-Werror", STRANGER / "main.cpp", "-o", tmp_path / "program", *flags, env=environment)
    assert run(tmp_path / "program", env=bare_environment).splitlines()[1] == "symbol: 2"
    assert run("pkg-config", "--modversion", "klinekeep", env=environment) == f"{VERSION}\n"


def test_a_build_on_path_is_no_installation(prefix, bare_environment, tmp_path):
    """CMake looks beside each folder of PATH. What a build generates for an installation is not there to be found."""
    environment = bare_environment | {"PATH": f"{BUILD}/bin:{bare_environment['PATH']}"}
    (tmp_path / "CMakeLists.txt").write_text(
        "cmake_minimum_required(VERSION 3.25)\nproject(x LANGUAGES CXX)\nfind_package(klinekeep QUIET)\n"
        "message(STATUS \"found at ${klinekeep_DIR}\")\n"
    )
    said = run("cmake", "-S", tmp_path, "-B", tmp_path / "without", env=environment)
    assert "found at klinekeep_DIR-NOTFOUND" in said
    said = run("cmake", "-S", tmp_path, "-B", tmp_path / "with", f"-DCMAKE_PREFIX_PATH={prefix}", env=environment)
    assert f"found at {prefix}/lib/cmake/klinekeep" in said
