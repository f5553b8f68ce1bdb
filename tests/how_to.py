"""The files described by a page of docs/how-to, for tests that follow the page to the letter."""

import os
import re
import shutil
import subprocess
import sys
import textwrap
from pathlib import Path

ROOT = Path(__file__).parents[1]
BLOCK = re.compile(r"^( *)```\w+\n(?P<code>.*?)^\1```", re.MULTILINE | re.DOTALL)
PATH = re.compile(r"`([\w.]+(?:/[\w.]+)+)`")


def blocks(page: str) -> dict[str, str]:
    """Returns the code blocks of docs/how-to/PAGE by the last path named before each of them."""
    text = (ROOT / "docs" / "how-to" / page).read_text()
    return {
        PATH.findall(text, 0, block.start())[-1]: textwrap.dedent(block["code"])
        for block in BLOCK.finditer(text)
    }


def copy_of_db(directory: Path) -> Path:
    """Copies the package db into `directory`, to be changed, and returns it."""
    shutil.copytree(ROOT / "db", directory / "db", ignore=shutil.ignore_patterns("__pycache__"))
    return directory / "db"


def run(directory: Path, code: str, *arguments: str) -> str:
    """Runs Python code with the package db of `directory` and returns its output."""
    done = subprocess.run(
        [sys.executable, "-c", code, *arguments],
        cwd=directory,
        env={**os.environ, "PYTHONPATH": str(directory)},
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout
