"""What `make` and setup.sh do before anything is compiled: in odd folders, and after they were interrupted."""

import os
import shutil

import pytest
from installation import REPOSITORY, run


@pytest.fixture
def checkout(tmp_path):
    """The Makefile in a folder with a blank in its name; whatever it calls only tells what it was told."""
    place = tmp_path / "my work/klinekeep"
    programs = tmp_path / "programs"
    for folder in (place / "scripts", place / ".venv/bin", programs):
        folder.mkdir(parents=True)
    shutil.copy(REPOSITORY / "Makefile", place)
    for path, lines in {
        place / "scripts/setup.sh": "exit 0",
        place / ".venv/bin/python": f"echo '{place}/.venv/lib/site-packages'",
        programs / "cmake": 'for word in "$@"; do echo "<$word>"; done >>"$TOLD"',
    }.items():
        path.write_text(f"#!/bin/sh\n{lines}\n")
        path.chmod(0o755)
    environment = os.environ | {"PATH": f"{programs}:{os.environ['PATH']}", "TOLD": str(tmp_path / "told")}
    return place, environment


def test_a_folder_with_a_blank_in_its_name_costs_no_other_folder(checkout):
    place, environment = checkout
    others = place.parent.parent / "my"
    others.mkdir()
    stale = place / ".venv/lib/site-packages/klinekeep"
    stale.mkdir(parents=True)
    run("make", "-C", place, "build", env=environment)
    assert others.exists() and not stale.exists()
    assert f"<--prefix>\n<{stale.parent}>\n" in (place.parent.parent / "told").read_text()


def test_install_takes_its_prefix_whole(checkout, tmp_path):
    place, environment = checkout
    run("make", "-C", place, "install", f"PREFIX={tmp_path}/to here", env=environment)
    assert f"<--prefix>\n<{tmp_path}/to here>\n" in (tmp_path / "told").read_text()
    assert "PREFIX is empty" in run("make", "-C", place, "install", "PREFIX=", code=2, env=environment)


def test_an_environment_that_was_half_made_is_made_anew(tmp_path):
    venv = tmp_path / "venv"
    (venv / "bin").mkdir(parents=True)
    (venv / "bin/python").symlink_to("/usr/bin/python3")
    for _ in range(2):
        run(REPOSITORY / "scripts/setup.sh", "nothing", env=os.environ | {"VENV": str(venv), "PYTHON": "/usr/bin/python3"})
        assert "pip" in run(venv / "bin/python", "-m", "pip", "--version")


def test_without_apt_it_says_what_is_needed_and_goes_on(tmp_path):
    (tmp_path / "programs").mkdir()
    for name in ("sh", "dirname", "sed", "touch", "env", "cmp", "cp", "rm"):
        (tmp_path / "programs" / name).symlink_to(shutil.which(name))
    venv = tmp_path / "venv"
    venv.mkdir()
    (venv / ".made").touch()
    said = run(REPOSITORY / "scripts/setup.sh", "bench", code=127, env={"PATH": str(tmp_path / "programs"), "VENV": str(venv)})
    assert "there is no apt-get here" in said and "libbenchmark-dev" in said
