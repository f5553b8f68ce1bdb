"""A real Prometheus with the example's configuration, which scrapes services of this machine."""

import json
import shutil
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import pytest
import yaml

from stack.server.child import Child
from stack.server.ports import free_ports
from tests import support
from tests.operations.monitoring import files

START_SECONDS = 30.0
ALERT_SECONDS = 60.0  # from a fault to its alert


class Prometheus:
    """A running server; `ports` are of its targets, by job."""

    def __init__(self, address: str, ports: dict[str, int]) -> None:
        self._address = address
        self._ports = ports

    def query(self, expr: str) -> list[dict[str, Any]]:
        """Returns the samples of a query, now; fails if it is refused."""
        return self._get("query", query=expr)["result"]

    def firing(self) -> list[dict[str, str]]:
        """Returns the labels of the alerts that fire."""
        alerts = self._get("alerts")["alerts"]
        return [alert["labels"] for alert in alerts if alert["state"] == "firing"]

    def fires(self, name: str, **labels: str) -> bool:
        """Returns whether an alert fires with these labels."""
        wanted = {"alertname": name, **labels}
        return any(wanted.items() <= found.items() for found in self.firing())

    def wait_until_scraped(self) -> None:
        """Returns once every target has answered and every rule has been evaluated since."""
        count = len(self._ports)
        self.wait_for_sample(f"sum(up) == {count} and sum(min_over_time(up[15s])) == {count}")
        self.wait_for_sample("stockpulse:rejects_unreviewed:sum")

    def wait_for_sample(self, expr: str, seconds: float = ALERT_SECONDS) -> None:
        """Returns once a query has an answer."""
        support.wait_until(lambda: bool(self.query(expr)), f"a sample of {expr}", seconds)

    def wait_until_fires(self, name: str, **labels: str) -> float:
        """Returns the seconds until an alert fires; fails after a minute."""
        started = time.monotonic()
        support.wait_until(lambda: self.fires(name, **labels), f"{name} {labels}", ALERT_SECONDS)
        return time.monotonic() - started

    def wait_until_ends(self, name: str) -> None:
        """Returns once an alert does not fire any more."""
        support.wait_until(lambda: not self.fires(name), f"{name} ends", 2 * ALERT_SECONDS)

    def faulty_rules(self) -> list[str]:
        """Returns the rules whose last evaluation failed, with the error."""
        return [
            f"{rule['name']}: {rule['lastError']}"
            for group in self._get("rules")["groups"]
            for rule in group["rules"]
            if rule["health"] == "err"
        ]

    def _get(self, what: str, **parameters: str) -> Any:
        url = f"{self._address}/api/v1/{what}?{urllib.parse.urlencode(parameters)}"
        with urllib.request.urlopen(url, timeout=10) as answer:
            return json.load(answer)["data"]


@contextmanager
def watching(home: Path, **ports: int) -> Iterator[Prometheus]:
    """Runs a Prometheus over the `loader`, `api` and `feed` whose ports are given.

    Rules and intervals are those of docs/monitoring.
    """
    program = shutil.which("prometheus")
    if program is None:
        pytest.skip("needs prometheus: apt-get install prometheus")
    jobs = {f"stockpulse-{name}": port for name, port in ports.items()}
    configuration = home / "prometheus.yml"
    configuration.write_text(yaml.safe_dump(_configured(jobs)))
    address = f"127.0.0.1:{free_ports(1)[0]}"
    child = Child(
        [
            program,
            f"--config.file={configuration}",
            f"--storage.tsdb.path={home / 'prometheus'}",
            f"--web.listen-address={address}",
            "--log.level=warn",
        ],
        log=home / "prometheus.log",
        cwd=home,
    )
    try:
        child.wait_until(lambda: _is_ready(address), START_SECONDS, "Prometheus")
        yield Prometheus(f"http://{address}", jobs)
    finally:
        child.kill()


def _configured(jobs: dict[str, int]) -> dict[str, Any]:
    """Returns the example with the targets of this machine."""
    given: dict[str, Any] = yaml.safe_load(files.CONFIGURATION.read_text())
    named = {one["job_name"] for one in given["scrape_configs"]}
    assert jobs.keys() <= named
    return given | {
        "rule_files": [str(files.RULES)],
        "scrape_configs": [
            {"job_name": job, "static_configs": [{"targets": [f"127.0.0.1:{port}"]}]}
            for job, port in jobs.items()
        ],
    }


def _is_ready(address: str) -> bool:
    with (
        suppress(urllib.error.URLError, ConnectionError),
        urllib.request.urlopen(f"http://{address}/-/ready", timeout=5) as answer,
    ):
        return bool(answer.status == 200)
    return False
