"""The warehouse in a bucket, by pyiceberg's own settings of S3."""

import socket
import subprocess
import sys
import urllib.request
from collections.abc import Callable, Iterator
from datetime import timedelta
from importlib.util import find_spec
from pathlib import Path

import pytest

from api.settings import ApiSettings
from archive import restore
from archive.settings import ArchiveSettings
from cli.progress import no_progress
from db.settings import changed
from tests.api.archived.archiving import Archiver
from tests.api.serving import served
from tests.archive import support as days
from tests.support import wait_until

pytestmark = [
    pytest.mark.scale,
    pytest.mark.skipif(find_spec("moto") is None, reason="needs moto[server]"),
]


CSV = {"format": "csv"}


@pytest.fixture
def bucket(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """A bucket on a server of this test's own."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    address = f"http://127.0.0.1:{port}"
    command = [sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", str(port)]
    server = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        wait_until(lambda: _answers(address), "S3")
        request = urllib.request.Request(f"{address}/ticks", method="PUT")
        scope = "key/20261127/us-east-1/s3/aws4_request"
        request.add_header("Authorization", f"AWS4-HMAC-SHA256 Credential={scope}")
        urllib.request.urlopen(request).close()
        for name, text in {
            "ENDPOINT": address,
            "ACCESS_KEY_ID": "key",
            "SECRET_ACCESS_KEY": "secret",
            "REGION": "us-east-1",
        }.items():
            monkeypatch.setenv(f"PYICEBERG_CATALOG__STOCKPULSE__S3__{name}", text)
        yield "s3://ticks/archive"
    finally:
        server.kill()
        server.wait()


def _answers(address: str) -> bool:
    try:
        urllib.request.urlopen(f"{address}/moto-api/").close()
    except OSError:
        return False
    return True


def test_a_day_in_a_bucket_comes_back_into_an_empty_database(
    settings: ArchiveSettings, clone: Callable[[], str], bucket: str
) -> None:
    days.fill(settings.database_url)
    there = changed(settings, warehouse=bucket)
    assert days.archive(there).refused == []
    assert days.equal(there, "trades")
    empty = changed(there, database_url=clone())
    assert restore.restore(empty, no_progress, days.DAY).differing == []
    ours, theirs = (days.stored(one.database_url, "trades") for one in (empty, there))
    assert str(ours) == str(theirs)


def test_pages_and_exports_read_days_from_a_bucket(settings: ArchiveSettings, bucket: str) -> None:
    url, tomorrow = settings.database_url, days.DAY + timedelta(days=1)
    days.fill(url)
    window = {"symbols": "AAPL,MSFT", "start": f"{days.DAY}", "end": f"{tomorrow}"}
    queries = [
        *((f"/v1/{kind}", window | more) for kind in ("trades", "quotes") for more in ({}, CSV)),
        ("/v1/bars", window | {"timeframe": "1m"}),
        ("/v1/bars", window | {"timeframe": "3m"} | CSV),
    ]
    with served(ApiSettings(database_url=url, warehouse=bucket, api_cache_ms=0)) as client:
        hot = [client.get(path, params=asked).text for path, asked in queries]
        assert days.archive(changed(settings, warehouse=bucket)).refused == []
        Archiver(url, Path()).drop(tomorrow, "trades", "quotes", "candles_1m", "quote_candles_1m")
        assert days.stored(url, "trades") == []
        for (path, asked), expected in zip(queries, hot, strict=True):
            answer = client.get(path, params=asked)
            assert (answer.status_code, answer.text) == (200, expected), (path, asked)
        assert "-37.63" in hot[0]
