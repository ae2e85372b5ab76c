"""How much there is of klinekeep, and of what kind: files, lines, types, comments in headers, words in documents.

  python3 scripts/house.py [COMMIT ...]    the working tree, beside commits
"""

from __future__ import annotations

import pathlib
import re
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
CODE = ("src/", "include/", "cli/", "python/bindings/")
TYPE = re.compile(r"^\s*(?:template <[^;{]*>\s*)?(?:class|struct|enum class|union)\s+(?:\w+\s+)?\w+[^;()]*\{", re.M)


def texts(commit: str | None) -> dict[str, str]:
    """By their paths; of the working tree without one."""
    if commit is None:
        names = subprocess.check_output(["git", "ls-files", "-co", "--exclude-standard"], cwd=ROOT, text=True).splitlines()
        return {name: (ROOT / name).read_text() for name in names if is_ours(name) and (ROOT / name).is_file()}
    names = subprocess.check_output(["git", "ls-tree", "-r", "--name-only", commit], cwd=ROOT, text=True).splitlines()
    return {
        name: subprocess.check_output(["git", "show", f"{commit}:{name}"], cwd=ROOT, text=True)
        for name in names
        if is_ours(name)
    }


def is_ours(name: str) -> bool:
    return "/data/" not in name and name.endswith((".cpp", ".hpp", ".py", ".md"))


def lines(files: dict[str, str]) -> int:
    return sum(len(text.splitlines()) for text in files.values())


def comments(files: dict[str, str]) -> int:
    return sum(line.lstrip().startswith("//") for text in files.values() for line in text.splitlines())


def counts(files: dict[str, str]) -> dict[str, str]:
    code = {name: text for name, text in files.items() if name.startswith(CODE) and name.endswith((".cpp", ".hpp"))}
    headers = {name: text for name, text in code.items() if name.endswith(".hpp")}
    python = {name: text for name, text in files.items() if name.startswith("python/klinekeep/")}
    tests = {name: text for name, text in files.items() if name.startswith("tests/")}
    docs = {name: text for name, text in files.items() if name.endswith(".md")}
    guides = [name for name in docs if name == "README.md" or re.fullmatch(r"docs/[^/]+\.md", name)]
    types = sum(len(TYPE.findall(text)) for text in code.values())
    return {
        "C++ files": str(len(code)),
        "C++ lines": f"{lines(code):,}",
        "files under 30 lines": str(sum(len(text.splitlines()) < 30 for text in code.values())),
        "types": str(types),
        "lines for each type": f"{lines(code) / types:.1f}",
        "comment lines in headers": f"{100 * comments(headers) / lines(headers):.0f} %",
        "Python lines": f"{lines(python):,}",
        "lines of tests": f"{lines(tests):,}",
        "documents, decisions apart": str(len(guides)),
        "words in all documents": f"{sum(len(text.split()) for text in docs.values()):,}",
    }


def main() -> None:
    trees = {**{commit: counts(texts(commit)) for commit in sys.argv[1:]}, "working tree": counts(texts(None))}
    print(f"{'':28}" + "".join(f"{name[:14]:>16}" for name in trees))
    for what in next(iter(trees.values())):
        print(f"{what:28}" + "".join(f"{tree[what]:>16}" for tree in trees.values()))


if __name__ == "__main__":
    main()
