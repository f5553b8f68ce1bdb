"""schemathesis sends what the OpenAPI document allows, and what it does not; it judges all answers.

The short run always sends the same. `make fuzz` sets FUZZ_MINUTES: as long as that, another seed.
"""

import os
import random
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from api.settings import ApiSettings
from stack.database import Database
from tests import support
from tests.api.fuzz import refusals
from tests.api.fuzz.data import fill
from tests.api.keys import KEY, make_key
from tests.api.serving import served
from tests.api.store import Store

ROOT = Path(__file__).parents[3]
CONFIG = Path(__file__).with_name("schemathesis.toml")
MINUTES = float(os.environ.get("FUZZ_MINUTES", "0"))
SEED = os.environ.get("FUZZ_SEED") or (str(random.randrange(10**9)) if MINUTES else "1")
OF_ONE_PATH = 2  # cases of the short run beside the examples
# One of each dialect, of which the short run tries every bound, method and missing parameter too.
BOUNDS = (
    "/ticks/latest", "/v1/calendar", "/alpaca/v2/stocks/{symbol}/trades", "/udf/history",
    "/binance/api/v3/klines",
)  # fmt: skip


@pytest.fixture(scope="module")
def url(database: Database, template: str) -> Iterator[str]:
    """A database with a little of everything."""
    with support.database_like(database.url, template) as made:
        fill(Store(made), database.edition)
        yield made


def test_the_api_does_what_its_document_says(url: str, capsys: pytest.CaptureFixture[str]) -> None:
    length = ["--max-time", str(int(MINUTES * 60))]
    if not MINUTES:
        length = ["--phases", "examples,fuzzing", "-n", str(OF_ONE_PATH)]
    with served(ApiSettings(database_url=url, api_port=0)) as api:
        done = _schemathesis(str(api.base_url), "--seed", SEED, *length, minutes=MINUTES)
    if MINUTES:
        with capsys.disabled():
            print(f"\n{_summary(done.stdout)}")
    assert done.returncode == 0, done.stdout[-20_000:] + done.stderr[-2_000:]
    assert _cases(done.stdout) > 150


@pytest.mark.long
@pytest.mark.skipif(MINUTES > 0, reason="a part of the long run")
def test_bounds_and_methods_are_as_the_document_says(url: str) -> None:
    paths = [option for path in BOUNDS for option in ("--include-path", path)]
    with served(ApiSettings(database_url=url, api_port=0)) as api:
        done = _schemathesis(str(api.base_url), "--phases", "coverage", "--seed", "1", *paths)
    assert done.returncode == 0, done.stdout[-20_000:] + done.stderr[-2_000:]
    assert _cases(done.stdout) > 500


def test_the_guarded_api_does_what_its_document_says(url: str) -> None:
    make_key(url, rate=10**6)
    settings = ApiSettings(database_url=url, api_port=0, api_keys="required")
    header = f"Authorization: Bearer {KEY}"
    with served(settings) as api:
        done = _schemathesis(str(api.base_url), "-H", header, "--phases", "examples", "--seed", "1")
    assert done.returncode == 0, done.stdout[-20_000:] + done.stderr[-2_000:]
    assert _cases(done.stdout) > 50


@pytest.mark.parametrize(
    "status, text",
    [
        (422, '{"type":"urn:stockpulse:problem:invalid-parameter","detail":"start is not a time",'
              '"field":"start"}'),
        (404, '{"type":"about:blank","detail":"Not Found"}'),
        (500, '{"type":"urn:stockpulse:problem:unknown-symbol","detail":"no symbol X has been'
              ' stored","field":"symbols"}'),
        (400, '{"code":-1100,"msg":"Illegal characters found in parameter \'limit\'."}'),
        (422, '{"s":"error","errmsg":"to must be a time in whole Unix seconds"}'),
    ],
)  # fmt: skip
def test_other_refusals_are_not_among_the_exceptions(status: int, text: str) -> None:
    assert not refusals.is_listed(status, text)


def _schemathesis(
    address: str, *options: str, minutes: float = 0
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "schemathesis.cli", "--no-color", "--config-file", str(CONFIG),
         "run", f"{address.rstrip('/')}/openapi.json", "--generation-database", "none",
         "--exclude-path", "/v1/stream", *options],
        cwd=ROOT,
        env=os.environ | {"PYTHONPATH": str(ROOT), "PYTHONDONTWRITEBYTECODE": "1"},
        capture_output=True,
        text=True,
        timeout=600 + minutes * 90,
        check=False,
    )  # fmt: skip


def _cases(output: str) -> int:
    counted = re.search(r"(\d+) generated", output)
    return int(counted[1]) if counted else 0


def _summary(output: str) -> str:
    """Returns the failures, the number of cases and the seed."""
    start = output.find("= FAILURES =")
    return output[start if start >= 0 else output.find("= SUMMARY =") :]
