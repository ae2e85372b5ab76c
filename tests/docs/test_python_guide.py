"""The guide is run as a notebook runs its cells, and prints what it says; the Python of other documents is run as scripts."""

import ast
import asyncio
import contextlib
import io
import os
import pathlib
import re
import subprocess
import sys
import textwrap

import numpy as np
import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests"))
from replica_process import Replica  # noqa: E402

GUIDE = ROOT / "docs/python.md"
CELL = re.compile(r"^```python\n(.*?)^```\n(?:```text\n(.*?)^```\n)?", re.MULTILINE | re.DOTALL)
NOW = "2026-09-24T12:00:00Z"


def compiled(cell: str):
    """The cell, its last expression printed as a notebook would."""
    tree = ast.parse(cell)
    if isinstance(tree.body[-1], ast.Expr) and "print" not in ast.unparse(tree.body[-1]).split("(")[0]:
        shown = ast.parse("_show(None)").body[0]
        shown.value.args = [tree.body[-1].value]
        tree.body[-1] = shown
    return compile(ast.fix_missing_locations(tree), "cell", "exec", flags=ast.PyCF_ALLOW_TOP_LEVEL_AWAIT)


async def printed(cells, namespace) -> list[str]:
    outputs = []
    for cell in cells:
        with contextlib.redirect_stdout(io.StringIO()) as out:
            running = eval(compiled(cell), namespace)
            if running is not None:
                await running
        outputs.append(out.getvalue())
    return outputs


@pytest.fixture
def at_the_replica(tmp_path, monkeypatch):
    import matplotlib

    matplotlib.use("Agg")
    (tmp_path / "run").mkdir(mode=0o700)
    with Replica(now=NOW, frozen=True) as replica:
        for name, value in {
            "HOME": tmp_path,
            "XDG_CACHE_HOME": tmp_path / "cache",
            "XDG_CONFIG_HOME": tmp_path / "config",
            "XDG_RUNTIME_DIR": tmp_path / "run",
            "KLINEKEEP_REST_URL": replica.url,
            "KLINEKEEP_VISION_URL": replica.url,
            "KLINEKEEP_UPSTREAM": "binance",
            "KLINEKEEP_NOW": NOW,
        }.items():
            monkeypatch.setenv(name, str(value))
        monkeypatch.delenv("KLINEKEEP_CACHE_DIR", raising=False)
        yield replica


def run_the_guide() -> tuple[list[tuple[str, str]], list[str], dict]:
    cells = CELL.findall(GUIDE.read_text())
    namespace = {"_show": lambda value: None if value is None else print(repr(value))}
    return cells, asyncio.run(printed([cell for cell, _ in cells], namespace)), namespace


def test_the_guide_prints_what_is_written(at_the_replica):
    cells, outputs, _ = run_the_guide()
    assert len(cells) >= 15
    for (cell, expected), output in zip(cells, outputs, strict=True):
        assert output == expected, f"after:\n{textwrap.indent(cell, '  ')}"


def scripts():
    for path in sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")]):
        if path != GUIDE:
            for script, expected in CELL.findall(path.read_text()):
                yield pytest.param(script, expected, id=str(path.relative_to(ROOT)))


@pytest.mark.parametrize("script, expected", list(scripts()))
def test_scripts_print_what_is_written(at_the_replica, script, expected):
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=60)
    assert (done.stdout, done.stderr) == (expected, "")


def picture(path: pathlib.Path) -> np.ndarray:
    import matplotlib.image

    return matplotlib.image.imread(path)


def test_the_picture_in_the_guide_is_what_plot_draws(at_the_replica, tmp_path):
    """`KLINEKEEP_UPDATE=1` makes it anew."""
    _, _, namespace = run_the_guide()
    kept = ROOT / "docs/images/gap.png"
    drawn = kept if os.environ.get("KLINEKEEP_UPDATE") else tmp_path / "gap.png"
    namespace["prices"].figure.savefig(drawn, dpi=80, metadata={"Software": None})
    assert picture(drawn).shape == picture(kept).shape
    assert np.abs(picture(drawn) - picture(kept)).mean() < 0.002

