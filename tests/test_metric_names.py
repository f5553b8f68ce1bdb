"""docs/runbooks/monitoring.md lists every metric that is served, with its type and labels."""

import re
from pathlib import Path
from typing import NamedTuple

import pytest
from prometheus_client import CollectorRegistry
from prometheus_client.metrics import MetricWrapperBase

from api import app
from api.settings import ApiSettings
from ingest.feed.metrics import FeedMetrics
from ingest.loader.metrics import Monitor
from ingest.loader.settings import LoaderSettings

PAGE = (Path(__file__).parents[1] / "docs" / "runbooks" / "monitoring.md").read_text()
ROW = re.compile(r"^\| `(stockpulse_\w+)` \| (\w+) \|(.*)\| (.+) \|$", re.MULTILINE)


class Served(NamedTuple):
    """A metric as Prometheus sees it."""

    name: str
    type: str
    labels: tuple[str, ...]


def section(title: str) -> set[Served]:
    """Returns the rows of the table below a heading."""
    text = PAGE.partition(f"\n## {title}\n")[2].partition("\n## ")[0]
    return {
        Served(name, kind, tuple(re.findall(r"`(\w+)`", labels)))
        for name, kind, labels, _ in ROW.findall(text)
    }


def served_by(registry: CollectorRegistry) -> set[Served]:
    """Returns the metrics of a registry, those without a sample too."""
    found = set()
    for collector in registry._collector_to_names:
        metrics = [collector] if isinstance(collector, MetricWrapperBase) else collector.collect()
        for metric in metrics:
            if isinstance(metric, MetricWrapperBase):
                name, kind = metric._name, metric._type
            else:
                name, kind = metric.name, metric.type
            total = "_total" if kind == "counter" else ""
            found.add(Served(name + total, kind, tuple(metric._labelnames)))  # type: ignore[union-attr]
    return found


def feed() -> CollectorRegistry:
    registry = CollectorRegistry()
    registry.register(FeedMetrics([]))
    return registry


@pytest.mark.parametrize(
    ("title", "make"),
    [
        ("Metrics of the loader", lambda: Monitor(LoaderSettings()).registry),
        ("Metrics of the API", lambda: app._parts(ApiSettings()).metrics.registry),
        ("Metrics of feeds", feed),
    ],
)
def test_the_page_lists_exactly_the_metrics_that_are_served(title, make) -> None:
    assert section(title) == served_by(make())


def test_no_name_is_listed_twice() -> None:
    names = [name for name, *_ in ROW.findall(PAGE)]
    assert len(set(names)) == len(names)
