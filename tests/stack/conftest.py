"""Installations and directories for tests that start servers of their own."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from stack import cache, debian, found
from stack.cluster import Cluster
from stack.found import Installation
from stack.providers import Unavailable, silent


@pytest.fixture(scope="session")
def installation() -> Installation:
    """The PostgreSQL with TimescaleDB that this machine would run itself."""
    try:
        return found.find(os.environ)
    except Unavailable:
        return _embedded()


@pytest.fixture(scope="session")
def embedded() -> Installation:
    """The one from Debian's packages."""
    return _embedded()


def _embedded() -> Installation:
    try:
        return debian.provide(cache.root(), silent)
    except Unavailable as error:
        pytest.skip(f"needs Debian's packages: {error}")


@pytest.fixture
def directory() -> Iterator[Path]:
    """A directory that PostgreSQL's own user may enter, unlike pytest's tmp_path."""
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
    """An environment with a cache of its own, this machine's PostgreSQL and nothing else."""
    return {
        "STOCKPULSE_CACHE": str(directory),
        "STOCKPULSE_PG_BINDIR": str(installation.bindir),
        "PATH": "/nonexistent",
    }
