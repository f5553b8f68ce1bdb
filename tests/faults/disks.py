"""Disks that are full: a small file system for a database, and what fills it."""

import shutil
import subprocess
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

import pytest

from stack import cache

MB = 1024 * 1024
SMALL_DISK = 400 * MB


@contextmanager
def small_disk() -> Iterator[Path]:
    """Gives the path of a small file system that PostgreSQL may write to."""
    with ExitStack() as mounted:
        scratch = cache.Scratch(cache.root() / "run")
        mounted.callback(scratch.close)
        disk = scratch.path / "disk"
        disk.mkdir()
        mount = ["mount", "-t", "tmpfs", "-o", f"size={SMALL_DISK},mode=755", "tmpfs", disk]
        if shutil.which("mount") is None or subprocess.run(mount, capture_output=True).returncode:
            pytest.skip("needs the right to mount a tmpfs: root")
        mounted.callback(subprocess.run, ["umount", "--lazy", disk], check=True)
        yield disk


def fill(ballast: Path) -> None:
    """Writes a file until its disk is full."""
    with ballast.open("wb", buffering=0) as file, suppress(OSError):
        while True:
            file.write(bytes(64 * 1024))
