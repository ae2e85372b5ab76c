"""The man page and the completions say what --help says, and no more."""

import re
import subprocess

import pytest
from installation import BUILD, REPOSITORY, run

SHARE = REPOSITORY / "cli/share"
CACHE = ("ls", "stats", "validate", "repair", "refresh", "prune", "reindex", "path")
COMMANDS = ("get", "plan", "symbols", *(f"cache {name}" for name in CACHE))
FLAG = r"(?<![\w-])--?[a-zA-Z][\w-]*"


def help_lines(*command):
    return run(BUILD / "bin/klinekeep", *command, "--help").splitlines()


def flags_of(lines):
    """Of lines like `  -f,--format F    csv, json`."""
    return {flag for line in lines if re.match(r"  -", line) for flag in re.findall(FLAG, line[:28])}


@pytest.fixture(scope="module")
def flags():
    """By command, without what is common to all; "" has the common ones, and --version."""
    common = flags_of(help_lines())
    return {"": common} | {command: flags_of(help_lines(*command.split())) - common for command in COMMANDS}


def man_flags():
    text = (SHARE / "klinekeep.1").read_text().replace("\\-", "-").replace(r"\fR,\fP", ",")
    titles = {f"klinekeep {command}": command for command in COMMANDS} | {"Common options": ""}
    sections = re.split(r"^\.S[SH] (.*)\n", text, flags=re.M)
    return {
        titles[title]: {flag for tag in re.findall(r"^\.TP\n(.*)", body, flags=re.M) for flag in re.findall(FLAG, tag)}
        for title, body in zip(sections[1::2], sections[2::2])
        if title in titles
    }


def zsh_flags():
    """Which list belongs to which command, and what is in it: lists may hold others."""
    text = (SHARE / "_klinekeep").read_text()
    lists = dict(re.findall(r"-a (\w+)=\(\n(.*?)^  \)\n", text, re.S | re.M))
    lists["market"] = re.search(r"-a market=(.*)", text)[1]

    def found(name):  # in '--flag[…', {-f,--flag}'[…'
        body = lists[name]
        flags = set(re.findall(rf"({FLAG})(?=\[)", body)) | set(re.findall(FLAG, " ".join(re.findall(r"\{(.*?)\}", body))))
        return flags.union(*(found(inner) for inner in re.findall(r"^ +\$(\w+)$", body, re.M)))

    assert re.search(r"\$common .*--version\[", text)
    by_command = {"": found("common") | {"--version"}}
    for names, given in re.findall(r"^    ([a-z |]+)\) _arguments \$common ?\$?(\w*)", text, re.M):
        for name in names.split(" | "):
            by_command[f"cache {name}" if name in CACHE else name] = found(given) if given else set()
    return by_command


def fish(line):
    """What fish offers where `line` ends."""
    script = 'source $argv[1]; complete -C $argv[2]'
    return [said.split("\t")[0] for said in run("fish", "--no-config", "-c", script, SHARE / "klinekeep.fish", line).splitlines()]


def fish_flags():
    common = {word for word in fish("klinekeep -") if word.startswith("-")}
    return {"": common} | {command: {w for w in fish(f"klinekeep {command} -") if w.startswith("-")} - common for command in COMMANDS}


def complete(*words):
    """What bash offers when the last of `words` is being typed."""
    script = 'source "$1"; shift; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _klinekeep; printf "%s\\n" "${COMPREPLY[@]}"'
    said = run("bash", "--norc", "-c", script, "bash", SHARE / "klinekeep.bash", *words)
    return said.split()


def bash_flags():
    common = set(complete("klinekeep", "-"))
    return {"": common} | {command: set(complete("klinekeep", *command.split(), "-")) - common for command in COMMANDS}


@pytest.mark.parametrize("documented", [man_flags, bash_flags, zsh_flags, fish_flags])
def test_flags_are_those_of_help(flags, documented):
    assert [command for command in flags if not flags[command]] == ["cache reindex"]
    assert documented() == flags


def test_common_flags_are_offered_after_a_command(flags):
    for command in COMMANDS:
        assert set(complete("klinekeep", *command.split(), "-")) == flags[command] | flags[""] - {"--version"}


def test_commands_are_those_of_help():
    said = [line.split()[0] for line in " ".join(help_lines("cache")).split("Subcommands:")[1].split("  ") if line.strip()]
    assert [word for word in said if word in CACHE] == list(CACHE)
    assert complete("klinekeep", "cache", "") == list(CACHE)
    assert set(fish("klinekeep cache ")) == set(CACHE)
    assert set(fish("klinekeep ")) == set(complete("klinekeep", "")) == {"get", "plan", "cache", "symbols"}
    zsh = (SHARE / "_klinekeep").read_text()
    man = (SHARE / "klinekeep.1").read_text()
    for name in CACHE:
        assert re.search(rf"^    '{name}:", zsh, re.M) and f".SS klinekeep cache {name}\n" in man


def test_fish_does_not_take_a_source_for_a_command():
    assert not set(fish("klinekeep get BTCUSDT 1m --source cache ")) & set(CACHE)


def test_words_offered_are_words_of_help():
    for line in help_lines("get"):
        flag = re.match(r"  (?:-\w,)?(--[\w-]+) ", line)
        if flag and flag[1] in ("--market", "--source", "--format", "--time", "--fill", "--off-grid", "--verify"):
            offered = complete("klinekeep", "get", flag[1], "")
            assert len(offered) > 1 and set(offered) <= set(re.findall(r"\w+", line)), line


def test_formats_are_those_of_help():
    """Which come from the table of formats."""
    said = " ".join(help_lines("get")).split("--format F")[1].split(";")[0]
    names = re.findall(r"\w+", said.replace(" or ", " "))
    assert len(names) == 5 and complete("klinekeep", "get", "--format", "") == names
    for name in ("_klinekeep", "klinekeep.fish"):
        assert " ".join(names) in (SHARE / name).read_text()
    man = (SHARE / "klinekeep.1").read_text().partition("\\-\\-format")[2].partition(".TP")[0]
    assert set(names) <= set(re.findall(r"\w+", man))


def test_intervals_and_columns():
    (line,) = [line for line in help_lines("get") if line.startswith("  interval ")]
    intervals = line.split("REQUIRED")[1].split()
    schema = (REPOSITORY / "include/klinekeep/schema.hpp").read_text()
    columns = re.findall(r'\{"(\w+)", ColumnType::', schema)
    assert len(intervals) == 16 and len(columns) == 11
    assert complete("klinekeep", "get", "BTCUSDT", "") == intervals
    assert complete("klinekeep", "get", "--columns", "") == columns
    for name in ("_klinekeep", "klinekeep.fish"):
        text = (SHARE / name).read_text()
        assert " ".join(intervals) in text and " ".join(columns) in text
    man = re.sub(r"\s+", " ", (SHARE / "klinekeep.1").read_text())
    assert ", ".join(intervals[:-1]) + " and " + intervals[-1] in man and ", ".join(columns) in man


@pytest.mark.parametrize(
    "words, offered",
    [
        (["g"], ["get"]),
        ([""], ["get", "plan", "cache", "symbols"]),
        (["--vers"], ["--version"]),
        (["get", "BTCUSDT", "1m", "--so"], ["--source"]),
        (["get", "--source", ""], ["auto", "rest", "vision", "cache"]),
        (["plan", "--source", "c"], ["cache"]),
        (["plan", "BTCUSDT", "1m", "-o"], []),
        (["cache", "re"], ["repair", "refresh", "reindex"]),
        (["cache", "ls", "BTCUSDT", "3"], ["3m", "30m", "3d"]),
        (["cache", "repair", "--d"], ["--date"]),
        (["cache", "prune", "--max-size", ""], []),
        (["cache", "prune", "--max-size", "20G", "--max-"], ["--max-size", "--max-age"]),
        (["cache", "--json", "v"], ["validate"]),
        (["get", "--source", "cache", "BTCUSDT", "3"], ["3m", "30m", "3d"]),
        (["get", "--source", "=", "v"], ["vision"]),  # as readline breaks --source=v
        (["get", "--source", "="], ["auto", "rest", "vision", "cache"]),
        (["symbols", "--market", ""], ["spot", "um", "cm"]),
        (["--market", "um", "g"], ["get"]),  # a value is not the command
        (["get", "--start", "-2h", "BTCUSDT", "1"], ["1s", "1m", "15m", "1h", "12h", "1d", "1w", "1M"]),
        (["get", "--json", "BTCUSDT", "1m", ""], []),
        (["get", "BTCUSDT", "1m", "--columns", "open_time,cl"], ["open_time,close", "open_time,close_time"]),
        (["get", "--", "BTCUSDT", "3"], ["3m", "30m", "3d"]),
        (["symbols", "--since", "BTC"], []),
        (["get", "--rest-url", ""], []),
    ],
)
def test_bash_completion(words, offered):
    assert complete("klinekeep", *words) == offered


def test_bash_completes_files(tmp_path):
    (tmp_path / "a file.csv").touch()
    assert complete("klinekeep", "get", "-o", f"{tmp_path}/a") == f"{tmp_path}/a file.csv".split()


@pytest.mark.parametrize("shell, name", [("bash", "klinekeep.bash"), ("zsh", "_klinekeep"), ("fish", "klinekeep.fish")])
def test_syntax(shell, name):
    run(shell, "-n", SHARE / name)


def test_man_page_renders_without_a_warning():
    command = ["groff", "-man", "-ww", "-Tutf8", "-P-cbou", str(SHARE / "klinekeep.1")]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.stderr == ""
    for title in ("NAME", "SYNOPSIS", "DESCRIPTION", "EXIT STATUS", "ENVIRONMENT", "FILES", "EXAMPLES"):
        assert f"\n{title}\n" in done.stdout


def test_man_page_names_the_exit_codes_and_variables_of_help():
    text = (SHARE / "klinekeep.1").read_text()
    said = " ".join(help_lines("get"))
    codes = re.findall(r"(\d+) [a-z]", said.split("Exit codes:")[1])
    assert re.findall(r"^\.B (\d+)$", text, re.M) == codes
    assert set(re.findall(r"KLINEKEEP_\w+", " ".join(help_lines()))) == set(re.findall(r"KLINEKEEP_\w+", text))
