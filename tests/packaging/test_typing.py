"""What type checkers and help() are told."""

import ast
import itertools
import json
import os
import re
import sys
import textwrap

import pytest
from installation import REPOSITORY, run

PROGRAM = """
    import asyncio
    from datetime import datetime, timedelta, timezone

    import pandas as pd

    import klinekeep
    from klinekeep import DataSource, DataSourceManager, Interval, MarketType

    async def closes(symbol: str) -> "pd.Series[float]":
        now = datetime.now(timezone.utc)
        async with DataSourceManager(MarketType.FUTURES_USDT, cache_max_age=timedelta(days=30)) as manager:
            try:
                frame = await manager.get_data(
                    symbol, interval=Interval.HOUR_1, start_time=now - timedelta(days=1), end_time=now,
                    enforce_source=DataSource.REST, progress=lambda progress: print(progress.steps_done),
                )
            except klinekeep.IncompleteData as error:
                for missing in error.missing:
                    print(missing.cause.upper())
                raise
            plan = manager.plan_sync(symbol, interval="1h", start_time=now, end_time=now)
            print(sum(step.requests for step in plan.steps))
            ok, why = await manager.validate_cache_integrity(symbol, "1h", now)
            print(ok and why is None)
        return frame["close"].astype(float)

    print(asyncio.run(closes("BTCUSDT")).mean())
"""


def mypy(*arguments, folder, code=0, **environment):
    """With the configuration of a stranger, unless a file is named."""
    command = (sys.executable, "-m", "mypy", "--strict", "--cache-dir", folder / "mypy", *arguments)
    return run(*command, code=code, cwd=folder, env=os.environ | environment)


def test_package_is_strictly_typed(site, tmp_path):
    mypy("--config-file", REPOSITORY / "pyproject.toml", "-p", "klinekeep", folder=tmp_path, MYPYPATH=str(site))


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """One for all programs: what mypy has learnt of the libraries, it keeps."""
    return tmp_path_factory.mktemp("users")


def check(program, environment, folder, code):
    (folder / "program.py").write_text(textwrap.dedent(program))
    return mypy("--python-executable", environment / "bin/python", "program.py", folder=folder, code=code)


def test_a_users_program_is_checked(environment, folder):
    check(PROGRAM, environment, folder, code=0)


@pytest.mark.parametrize(
    "right, wrong, complaint",
    [
        ("Interval.HOUR_1", "60", '"interval" .* has incompatible type "int"'),
        ("DataSource.REST", "MarketType.SPOT", '"enforce_source" .* has incompatible type "MarketType"'),
        ("start_time=now - timedelta(days=1), ", "", 'Missing named argument "start_time"'),
        ("missing.cause.upper()", "missing.reason", '"MissingRange" has no attribute "reason"'),
        ("step.requests for", "step.asked for", '"PlannedStep" has no attribute "asked"'),
        ("await manager.get_data", "manager.get_data", '"Coroutine.*" is not indexable|has no attribute'),
    ],
)
def test_a_users_mistakes_are_found(environment, folder, right, wrong, complaint):
    assert right in PROGRAM
    said = check(PROGRAM.replace(right, wrong), environment, folder, code=1)
    assert re.search(complaint, said), said


SIGNATURES = """
import klinekeep._core as core
for owner in (core, *(value for value in vars(core).values() if isinstance(value, type))):
    for function in vars(owner).values():
        for signature, *_ in getattr(function, "__nb_signature__", ()):
            print(("" if owner is core else owner.__name__ + ".") + signature.removeprefix("def "))
"""


def test_stub_has_the_arguments_of_the_module(site):
    """Some signatures in it are written by hand, in _core.pat: for their types, not for their arguments."""
    said = run(sys.executable, "-c", SIGNATURES, env=os.environ | {"PYTHONPATH": str(site)})
    in_module = {line.partition("(")[0]: re.findall(r"(\w+): ", line) for line in said.splitlines()}
    in_stub = {}
    for node in ast.parse((site / "klinekeep/_core.pyi").read_text()).body:
        for function in node.body if isinstance(node, ast.ClassDef) else [node]:
            if isinstance(function, ast.FunctionDef) and not function.decorator_list:
                name = f"{node.name}.{function.name}" if node is not function else function.name
                arguments = [*function.args.args, *function.args.kwonlyargs]
                in_stub[name] = [argument.arg for argument in arguments if argument.annotation]
    assert in_stub == in_module and len(in_stub) > 25


HELP = """
import inspect, json, klinekeep

def described(thing):
    try:
        parameters = [p.kind.name for p in inspect.signature(thing).parameters.values()] if callable(thing) else []
    except ValueError:  # an exception of the language
        parameters = []
    doc = inspect.cleandoc(thing.__doc__ or "")
    return {"doc": doc, "open": [kind for kind in parameters if kind.startswith("VAR")]}

told = {}
for name in klinekeep.__all__:
    thing = getattr(klinekeep, name)
    if not callable(thing):
        continue
    told[name] = described(thing)
    for member, value in vars(thing).items() if isinstance(thing, type) else ():
        value = getattr(value, "__func__", value)
        if not member.startswith("_") and (inspect.isroutine(value) or isinstance(value, property)):
            told[f"{name}.{member}"] = described(value)
keywords = {}
for name in ("get_data", "get_table", "get_result", "get_stream", "plan"):
    for method in (name, name + "_sync"):
        keywords[method] = list(inspect.signature(getattr(klinekeep.DataSourceManager, method)).parameters)
print(json.dumps([told, keywords]))
"""


@pytest.fixture(scope="module")
def told(site):
    return json.loads(run(sys.executable, "-c", HELP, env=os.environ | {"PYTHONPATH": str(site)}))


def test_every_public_name_is_documented(told):
    public, _ = told
    assert {"DataSourceManager.get_data", "UnifiedCacheManager.path_of", "plot", "IncompleteData"} <= set(public)
    assert [name for name, entry in public.items() if not entry["doc"]] == []


def test_docstrings_are_numpys(told):
    """A section's title is underlined by as many dashes, and is one that numpydoc knows."""
    known = {"Parameters", "Returns", "Yields", "Raises", "Attributes", "Notes", "See Also", "Examples", "Warns"}
    sections = 0
    for name, entry in told[0].items():
        lines = entry["doc"].splitlines()
        for title, line in itertools.pairwise(lines):
            if re.fullmatch("-{3,}", line):
                assert title in known and len(line) == len(title), name
                sections += 1
            else:
                assert not (title in known and line), name
    assert sections > 20


def test_help_names_all_keywords(told):
    public, keywords = told
    assert [name for name, entry in public.items() if entry["open"]] == []
    common = set(keywords["get_data"]) - {"unit"}
    assert {"self", "symbol", "interval", "start_time", "enforce_source", "verify", "progress"} <= common
    assert {name: common - set(given) for name, given in keywords.items() if common - set(given)} == {}
