"""A broker with TLS and passwords, shared by the tests of this directory."""

import os
import shutil
from collections.abc import Iterator

import pytest

from stack import cache
from stack.broker import installation
from stack.providers import Unavailable, silent
from tests.cli.conftest import bare, run, start  # noqa: F401 - fixtures
from tests.ingest.conftest import query  # noqa: F401 - a fixture
from tests.ingest.loader.conftest import run as run_loader  # noqa: F401 - a fixture
from tests.operations.kafka import secure
from tests.operations.kafka.secure import SecureKafka


@pytest.fixture(scope="session")
def secured() -> Iterator[SecureKafka]:
    """A Kafka with listeners for TLS, for passwords, and for both."""
    if shutil.which("openssl") is None:
        pytest.skip("needs openssl")
    root = cache.root(os.environ)
    try:
        found = installation.find(root, os.environ, silent)
    except Unavailable as missing:
        pytest.skip(f"needs a Kafka of its own: {missing}")
    scratch = cache.Scratch(root / "run")
    try:
        with secure.started(found, scratch.path) as broker:
            yield broker
    finally:
        scratch.close()
