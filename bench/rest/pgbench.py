"""500 bars of one symbol: the API beside pgbench with the statement that the API runs."""

import os
import re
import subprocess
from datetime import datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import psycopg

from api.connection import address_of
from api.settings import ApiSettings
from bench.rest import client
from bench.rest.filled import SYMBOLS, Filled, served
from bench.rest.statement import bars
from db.reading import ROLE

CONNECTIONS = (1, 8)
SECONDS = 10.0
ROUNDS = 3
LIMIT = 500
SYMBOL = "SYM000"


def compare(filled: Filled) -> dict[str, Any]:
    """Returns requests and transactions per second and their ratio, by number of connections."""
    found: dict[str, Any] = {}
    since = filled.end - timedelta(days=3)
    until = since + timedelta(hours=12)
    window = f"start={since:%Y-%m-%dT%H:%M:%SZ}&end={until:%Y-%m-%dT%H:%M:%SZ}"
    paths = [
        f"/v1/bars?symbols=SYM{number:03}&timeframe=1m&{window}&limit={LIMIT}"
        for number in range(SYMBOLS)
    ]
    with served(filled.url) as address, TemporaryDirectory() as folder:
        script = Path(folder) / "bars.sql"
        options = _write_script(filled.url, script, since, until)
        for connections in CONNECTIONS:
            ours, theirs = [], []
            for _round in range(ROUNDS):
                ours.append(client.measure(address, paths, connections, SECONDS).per_second)
                theirs.append(_pgbench(filled.url, options, script, connections))
            ratio = sorted(mine / other for mine, other in zip(ours, theirs, strict=True))
            found[f"{connections} connections"] = {
                "requests_per_second": round(max(ours)),
                "transactions_per_second": round(max(theirs)),
                "ratio": round(ratio[ROUNDS // 2], 2),
            }
    return found


def _write_script(url: str, script: Path, since: datetime, until: datetime) -> str:
    """Writes what each connection runs: it prepares the statement once, then executes it.

    Returns libpq's options, the settings of the API's own connections.
    """
    with psycopg.connect(url) as conn:
        text = bars(conn, symbols=[SYMBOL], start=since, end=until, limit=LIMIT)
    # Its values are those of the symbol asked for, the only one that changes.
    prepared = text.replace(f"'{{{SYMBOL}}}'", "$1")
    script.write_text(
        "\\if :first\n"
        f"prepare bars (text[]) as {prepared};\n"
        "\\set first 0\n"
        "\\endif\n"
        f"\\set number random(0, {SYMBOLS - 1})\n"
        "execute bars (array['SYM' || lpad(:number::text, 3, '0')]);\n"
    )
    settings = address_of(ApiSettings(database_url=url)).settings
    options = {"role": ROLE, "timezone": "UTC", "datestyle": "ISO", **settings}
    return " ".join(f"-c {name}={value}" for name, value in options.items())


def _pgbench(url: str, options: str, script: Path, connections: int) -> float:
    done = subprocess.run(
        ["pgbench", "-n", "-f", str(script), "-D", "first=1", "-c", str(connections),
         "-j", "1", "-T", str(round(SECONDS)), url],
        env=os.environ | {"PGOPTIONS": options},
        capture_output=True,
        text=True,
        check=True,
    )  # fmt: skip
    found = re.search(r"tps = ([\d.]+)", done.stdout)
    assert found, done.stdout
    return float(found[1])
