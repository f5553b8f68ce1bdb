"""Installations and directories for tests that start servers of their own."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from stack import cache
from stack.database import debian, installation
from stack.database.cluster import Cluster
from stack.database.installation import Installation
from stack.providers import Unavailable, silent


@pytest.fixture(scope="session", name="installation")
def _installation() -> Installation:
    """The PostgreSQL with TimescaleDB of this machine, else the embedded one."""
    try:
        return installation.find(os.environ)
    except Unavailable:
        return _embedded_or_skip()


@pytest.fixture(scope="session")
def embedded() -> Installation:
    """The embedded PostgreSQL."""
    return _embedded_or_skip()


def _embedded_or_skip() -> Installation:
    try:
        return debian.provide(cache.root(), silent)
    except Unavailable as error:
        pytest.skip(f"needs Debian's packages: {error}")


@pytest.fixture
def directory() -> Iterator[Path]:
    """A directory that the user nobody can enter, unlike pytest's tmp_path."""
    scratch = cache.Scratch(cache.root() / "run")
    try:
        yield scratch.path
    finally:
        scratch.close()


@pytest.fixture
def cluster(installation: Installation, directory: Path) -> Iterator[Cluster]:
    """A running cluster of this test's own."""
    started = Cluster(installation, directory / "postgres")
    started.start()
    try:
        yield started
    finally:
        started.stop()


@pytest.fixture
def own_environ(installation: Installation, directory: Path) -> dict[str, str]:
    """An environment with an empty cache and this machine's PostgreSQL; nothing is on PATH."""
    return {
        "STOCKPULSE_CACHE": str(directory),
        "STOCKPULSE_PG_BINDIR": str(installation.bindir),
        "PATH": "/nonexistent",
    }
