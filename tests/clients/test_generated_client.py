"""openapi-python-client generates a client that calls every native path, and gets what is sent."""

import importlib
import json
import subprocess
import sys
from collections.abc import Iterator
from datetime import datetime
from enum import Enum
from typing import Any, get_args, get_type_hints

import httpx
import pytest

from api.settings import ApiSettings
from stack.database import Database
from tests import support
from tests.api.fuzz.data import fill
from tests.api.serving import served
from tests.api.store import Store

pytest.importorskip("openapi_python_client", reason="heavy: `make clients` installs it")

GENERATE = (sys.executable, "-m", "openapi_python_client", "generate")
START = "2026-02-27T12:00:00Z"
PAGE = {"symbols": ["AAPL", "KRAKEN:BTC/USD"], "start": START, "limit": 50}
LATEST = {"symbols": ["AAPL,MSFT"]}
REQUESTS: dict[str, list[dict[str, Any]]] = {
    "/v1/bars": [PAGE, PAGE | {"decimals": "string", "ts": "ms", "coverage": "true"}],
    "/v1/bars/latest": [LATEST, LATEST | {"timeframe": "1d", "tz": "Europe/Berlin"}],
    "/v1/calendar": [{"calendar": "XNYS"}],
    "/v1/coverage": [PAGE],
    "/v1/gaps": [PAGE],
    "/v1/movers": [{"window": "366d"}],
    "/v1/operation": [{}],
    "/v1/quotes": [PAGE, {"symbols": ["OANDA:EUR/USD"], "decimals": "string"}],
    "/v1/quotes/latest": [LATEST],
    "/v1/snapshots": [LATEST],
    "/v1/status": [{}, {"ts": "ns"}],
    "/v1/symbols": [{"query": "eth"}, {}],
    "/v1/symbols/{symbol}": [{"symbol": "KRAKEN:BTC/USD"}, {"symbol": "AAPL"}],
    "/v1/timeframes": [{}],
    "/v1/trades": [PAGE, PAGE | {"sort": "desc"}],
    "/v1/trades/latest": [LATEST],
}


@pytest.fixture(scope="module")
def api(database: Database, template: str) -> Iterator[httpx.Client]:
    """A client of an API over a little of everything."""
    with support.database_like(database.url, template) as url:
        fill(Store(url), database.edition)
        with served(ApiSettings(database_url=url, api_port=0)) as client:
            yield client


@pytest.fixture(scope="module")
def document(api: httpx.Client) -> dict[str, Any]:
    """The served document."""
    found: dict[str, Any] = api.get("/openapi.json").json()
    return found


@pytest.fixture(scope="module")
def generated(document: dict[str, Any], tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The name of the package that was generated, without a warning."""
    folder = tmp_path_factory.mktemp("generated")
    name = f"client_{folder.name}"
    (folder / "openapi.json").write_text(json.dumps(document))
    (folder / "config.yml").write_text("post_hooks: []\n")
    done = subprocess.run(
        [*GENERATE, "--path", "openapi.json", "--config", "config.yml", "--meta", "none",
         "--output-path", name, "--fail-on-warning"],
        cwd=folder, capture_output=True, text=True, timeout=300, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    assert "WARNING" not in done.stdout
    sys.path.insert(0, str(folder))
    yield name
    sys.path.remove(str(folder))


def test_every_operation_has_a_name_of_its_own(document: dict[str, Any]) -> None:
    names = [operations["get"]["operationId"] for operations in document["paths"].values()]
    assert len(names) == len(set(names))
    assert {"v1_bars", "v1_bars_latest", "v1_symbols_by_symbol", "bars_latest"} <= set(names)


def test_all_native_paths_are_asked_for(document: dict[str, Any]) -> None:
    native = {path for path in document["paths"] if path.startswith("/v1/")}
    assert set(REQUESTS) == native - {"/v1/stream"}  # which has no end


@pytest.mark.parametrize("path", sorted(REQUESTS))
def test_typed_answers_equal_what_was_sent(
    api: httpx.Client, document: dict[str, Any], generated: str, path: str
) -> None:
    operation = document["paths"][path]["get"]
    module = importlib.import_module(f"{generated}.api.native.{operation['operationId']}")
    for asked in REQUESTS[path]:
        with importlib.import_module(f"{generated}.client").Client(str(api.base_url)) as client:
            answer = module.sync_detailed(client=client, **_typed(module, asked))
        assert answer.status_code == 200, answer.content
        assert _plain(answer.parsed.to_dict()) == _plain(json.loads(answer.content))
        wanted = api.get(path.format(**asked), params=asked if "{" not in path else {})
        assert list(wanted.json()) == list(json.loads(answer.content))


def test_refusals_are_typed_too(api: httpx.Client, generated: str) -> None:
    module = importlib.import_module(f"{generated}.api.native.v1_trades")
    with importlib.import_module(f"{generated}.client").Client(str(api.base_url)) as client:
        answer = module.sync(client=client, symbols=["AAPL"], start="yesterday")
    assert (answer.status, answer.field) == (422, "start")


def _typed(module: Any, asked: dict[str, Any]) -> dict[str, Any]:
    """Returns the parameters, those with choices as members of the generated enums."""
    hints = get_type_hints(module.sync_detailed)
    return {name: _as_choice(hints[name], value) for name, value in asked.items()}


def _as_choice(hint: Any, value: Any) -> Any:
    kinds = [kind for kind in get_args(hint) if isinstance(kind, type) and issubclass(kind, Enum)]
    return kinds[0](value) if kinds else value


def _plain(value: Any) -> Any:
    """Returns the value with its times as instants: the client writes them in its own way."""
    match value:
        case dict():
            return {name: _plain(item) for name, item in value.items()}
        case list():
            return [_plain(item) for item in value]
        case str() if value[:4].isdigit():
            try:
                return datetime.fromisoformat(value).timestamp()
            except ValueError:
                return value
    return value
