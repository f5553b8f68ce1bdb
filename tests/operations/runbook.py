"""The commands of a page of docs/runbooks, run as they stand there."""

import os
import re
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

from stack import cache
from stack.database.data_directory import UNPRIVILEGED
from tests import support

ROOT = Path(__file__).parents[2]
PAGES = ROOT / "docs" / "runbooks"
BLOCK = re.compile(r"^(?:#+ (?P<title>[^\n]+)|```sh\n(?P<code>.*?)^```)$", re.MULTILINE | re.DOTALL)
SETTING = re.compile(r"export (\w+)=")
SECONDS = 240.0
OF_THE_SERVER = {
    "initdb", "pg_basebackup", "pg_ctl", "pg_resetwal", "pg_rewind", "pg_upgrade",
    "pg_verifybackup", "postgres",
}  # fmt: skip


class Runbook:
    """The `sh` blocks of a page, in the order of the page.

    A block of nothing but exports is what the reader sets for his own machines; a test sets it
    instead.
    """

    def __init__(self, page: str) -> None:
        self.settings: set[str] = set()
        self._blocks: dict[str, list[str]] = {}
        self._ran: set[tuple[str, int]] = set()
        for title, code in _blocks((PAGES / page).read_text()):
            lines = code.splitlines()
            if all(SETTING.match(line) for line in lines):
                self.settings |= {SETTING.findall(line)[0] for line in lines}
            else:
                self._blocks.setdefault(title, []).append(code)

    def titles(self) -> dict[str, int]:
        """Returns how many blocks of commands stand under each title."""
        return {title: len(codes) for title, codes in self._blocks.items()}

    def block(self, title: str, number: int = 1) -> str:
        """Returns a block by the title over it, and its place under that title."""
        return self._blocks[title][number - 1]

    def run(
        self, title: str, environ: Mapping[str, str], number: int = 1, *, fails: bool = False
    ) -> str:
        """Runs a block; returns what it printed. `fails`: it may end with an error."""
        return run(self.block(title, number), environ, fails=fails)


def _blocks(text: str) -> Iterator[tuple[str, str]]:
    title = ""
    for found in BLOCK.finditer(text):
        if found["title"]:
            title = found["title"]
        else:
            yield title, found["code"]


def run(code: str, environ: Mapping[str, str], *, fails: bool = False) -> str:
    """Runs shell commands and stops at the first that fails.

    Their output goes to a file: a server that they start would keep a pipe open.
    """
    home = Path(environ["SCRATCH"])
    log = home / f"{support.unique('block')}.log"
    with log.open("wb") as output:
        done = subprocess.run(
            ["bash", "-eu", "-o", "pipefail", "-c", code],
            cwd=ROOT,
            env={**_inherited(), **environ},
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            timeout=SECONDS,
            check=False,
        )
    text = log.read_text(errors="replace")
    print(text)  # pytest shows it after a failure
    server = Path(environ.get("PGDATA", home)).parent / "postgres.log"
    said = server.read_text(errors="replace")[-3000:] if server.exists() else ""
    assert fails or done.returncode == 0, f"{done.returncode}: {code}\n{text[-3000:]}\n{said}"
    return text


def _inherited() -> dict[str, str]:
    unwanted = ("STOCKPULSE_", "KAFKA_", "PG", "LC_", "LANG", "TZ")
    return {name: text for name, text in os.environ.items() if not name.startswith(unwanted)}


def commands(scratch: Path, bindir: Path) -> Path:
    """Returns a directory with the programs in `bindir`, and `stockpulse` of this checkout.

    PostgreSQL's servers never run as root. If this process does, they run as another user, to whom
    all that a runbook has made is given before.
    """
    programs = cache.directory(scratch.parent / f"bin-{bindir.parts[-2]}")
    for program in bindir.iterdir():
        if os.geteuid() == 0 and program.name in OF_THE_SERVER:
            user = f"setpriv --reuid={UNPRIVILEGED} --clear-groups"
            give = f"chown -R {UNPRIVILEGED} {scratch.parent}/*/"
            become = f'if [ "$(id -u)" = 0 ]; then {give}; set -- {user} "{program}" "$@"\n'
            _write(programs / program.name, f'{become}else set -- "{program}" "$@"; fi; exec "$@"')
        else:
            _write(programs / program.name, f'exec "{program}" "$@"')
    stockpulse = f'PYTHONPATH="{ROOT}" exec "{sys.executable}" -m cli "$@"'
    _write(programs / "stockpulse", stockpulse)
    return programs


def _write(program: Path, command: str) -> None:
    if not program.exists():
        program.write_text(f"#!/bin/sh\n{command}\n")
        program.chmod(cache.READABLE_BY_ALL)
