"""A client of the stream whose connection is cut, whose API and whose loader are killed."""

import json
import random
import time
from decimal import Decimal

import httpx

from stack.server.ports import free_ports
from tests import support
from tests.api.stream.clients import Table, has
from tests.faults.ledger import SOURCE, SYMBOLS, Flow, Ledger
from tests.faults.loaders import Loader, Loaders

SMALL_BATCHES = {"STOCKPULSE_BATCH_ROWS": "300", "STOCKPULSE_BATCH_MS": "20"}
CUTS, FULL_CUTS = 12, 1000
KILLS_EVERY = 12  # cuts
END_SECONDS = 120.0
PARAMETERS = {
    "symbols": ",".join(SYMBOLS),
    "channels": "trades,quotes",
    "source": SOURCE,
    "since": "2020-01-01",
    "ts": "ns",
}


def test_a_client_ends_equal_to_sql_whatever_is_cut_and_killed(
    ledger: Ledger, loaders: Loaders, fresh_database: str, full: bool
) -> None:
    seed = time.time_ns()
    print(f"seed {seed}")
    chance = random.Random(seed)
    loaders.environ |= SMALL_BATCHES
    port = free_ports(1)[0]
    address = f"http://127.0.0.1:{port}"
    loader, api = loaders.start(), serve(loaders, port)
    loader.wait_until_assigned()
    table = Table()
    with Flow(ledger, at_least=0, per_second=1_000):
        for number in range(FULL_CUTS if full else CUTS):
            read(address, table, chance.choice([1, 2, 3, 5, 9]))
            if number % KILLS_EVERY == KILLS_EVERY // 2:
                loader.kill()
                loader = loaders.start()
                loader.wait_until_assigned()
            elif number % KILLS_EVERY == KILLS_EVERY - 1:
                api.kill()
                api = serve(loaders, port)
    ledger.wait(fresh_database)

    def is_equal() -> bool:
        read(address, table, None)
        return table.differs(fresh_database, SOURCE) == ""

    support.wait_until(is_equal, "the client knows what is stored", END_SECONDS)


def serve(loaders: Loaders, port: int) -> Loader:
    return loaders.run("serve", "--port", str(port))


def read(address: str, table: Table, count: int | None) -> None:
    """Reads so many messages, or up to the live ones, then cuts; tries until there is an API."""
    deadline = time.monotonic() + END_SECONDS
    while time.monotonic() < deadline:
        headers = {"Last-Event-ID": table.resume} if table.resume else {}
        try:
            with httpx.stream(
                "GET", f"{address}/v1/stream", params=PARAMETERS, headers=headers, timeout=20
            ) as answer:
                if answer.status_code == 200:
                    take(answer, table, count)
                    return
        except httpx.TransportError:
            pass
        time.sleep(0.05)
    raise AssertionError("no stream")


def take(answer: httpx.Response, table: Table, count: int | None) -> None:
    taken = 0
    for line in answer.iter_lines():
        if line.startswith("data: "):
            message = json.loads(line[6:], parse_float=Decimal)
            table.apply(message)
            taken += 1
            if taken == count or (count is None and has(message, "live")):
                return
