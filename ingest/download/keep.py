"""Keeps the answers of a download as files, each whole or not there at all."""

import os
from pathlib import Path


def keep(file: Path, body: bytes) -> None:
    """Writes a file, in place of an earlier one; raises OSError."""
    file.parent.mkdir(parents=True, exist_ok=True)
    part = file.with_name(f".{file.name}.{os.getpid()}")
    with part.open("wb") as stream:
        stream.write(body)
        stream.flush()
        os.fsync(stream.fileno())
    part.replace(file)
