"""Rules and dashboard: each metric they name exists, each alert says what to do and where."""

import re
from itertools import combinations

import yaml

from tests.operations.monitoring import files, healthy_week

RUNBOOK = (files.ROOT / "docs" / "runbooks" / "alerts.md").read_text()
QUERIES = [*files.queries()]
TARGET = {"job", "instance"}  # labels that Prometheus adds
OWN = {"up": TARGET, "ALERTS": {"alertname", "alertstate"}}  # metrics of Prometheus
ROW = re.compile(r"^\| `(stockpulse_\w+)` \| (\w+) \|([^|]*)\|", re.MULTILINE)


def documented() -> dict[str, set[str]]:
    """Returns the metrics in the tables of the runbook, as Prometheus names them; their labels."""
    found: dict[str, set[str]] = {}
    text = (files.ROOT / "docs" / "runbooks" / "monitoring.md").read_text()
    for name, kind, words in ROW.findall(text):
        labels = {*re.findall(r"`(\w+)`", words)}
        if kind == "histogram":
            found |= {f"{name}_sum": labels, f"{name}_count": labels}
            found[f"{name}_bucket"] = labels | {"le"}
        else:
            found[name] = labels
    return found


METRICS = documented() | OWN | {name: set[str]() for name in files.recorded()}


def test_the_metrics_and_labels_of_a_query_are_found() -> None:
    query = (
        'max by (job, topic) (a_total{x="b or c{}",y=~"d.*"}[5m] offset 1h)'
        " > 6 * 3600 or 2 ^ 30 < e:f unless on (job) (time() - g > 1e3)"
    )
    assert files.names(query) == {"a_total", "e:f", "g"}
    assert list(files.selected(query)) == [("a_total", {"x", "y"})]
    assert files.grouped(query) == {"job", "topic"}


def test_every_metric_of_a_rule_or_panel_is_documented() -> None:
    assert [query.where for query in QUERIES if not files.names(query.expr)] == []
    unknown = [(query.where, files.names(query.expr) - METRICS.keys()) for query in QUERIES]
    assert [pair for pair in unknown if pair[1]] == []


def test_every_label_of_a_rule_or_panel_is_one_of_its_metrics() -> None:
    """A label that does not exist matches nothing, and an alert with it is silent for ever."""
    unknown = [
        (query.where, labels - METRICS[metric] - TARGET)
        for query in QUERIES
        for metric, labels in files.selected(query.expr)
    ]
    for query in QUERIES:
        known = set().union(*(METRICS[name] for name in files.names(query.expr)))
        unknown.append((query.where, files.grouped(query.expr) - known - TARGET))
    assert [pair for pair in unknown if pair[1]] == []


def test_series_that_alerts_are_tried_on_have_the_labels_of_their_metrics() -> None:
    made = [
        one["series"]
        for file in files.TRIALS
        for group in yaml.safe_load(file.read_text())["tests"]
        for one in group["input_series"]
    ]
    for series in [*made, *healthy_week.SERIES]:
        metric, _, labels = series.partition("{")
        assert set(re.findall(r"(\w+)=", labels)) - METRICS[metric] - TARGET == set(), series


def test_every_alert_has_a_severity_and_says_what_to_do() -> None:
    for name, alert in files.alerts().items():
        assert name.startswith("StockPulse")
        assert alert["labels"]["severity"] in ("critical", "warning"), name
        summary = alert["annotations"]["summary"]
        assert len(summary.splitlines()) == 1, name
        assert ": " in summary, f"{name}: what happened, a colon, what to do"


def test_every_alert_leads_to_its_section_of_the_runbook() -> None:
    for name, alert in files.alerts().items():
        assert alert["annotations"]["runbook"] == f"docs/runbooks/alerts.md#{name.lower()}"


def test_the_runbook_has_a_section_of_each_alert_and_no_other() -> None:
    sections = re.findall(r"^## (StockPulse\w+)$", RUNBOOK, re.MULTILINE)
    assert sections == [*files.alerts()]


def test_every_panel_asks_the_source_that_is_chosen() -> None:
    chosen = {"type": "prometheus", "uid": "${datasource}"}
    for panel in files.panels():
        asked = [one["datasource"] for one in (panel, *panel["targets"])]
        assert asked == [chosen] * (1 + len(panel["targets"])), panel["title"]


def test_the_dashboard_has_a_row_of_each_part() -> None:
    board = files.dashboard()
    rows = [panel["title"] for panel in board["panels"] if panel["type"] == "row"]
    assert rows == ["Now", "Loading", "Candles", "Database", "Sources", "API", "Feeds"]
    assert [(one["name"], one["type"]) for one in board["templating"]["list"]] == [
        ("datasource", "datasource")
    ]


def test_panels_have_ids_of_their_own_and_do_not_overlap() -> None:
    board = files.dashboard()["panels"]
    assert len({panel["id"] for panel in board}) == len(board)
    overlapping = [
        (one["title"], other["title"])
        for one, other in combinations(board, 2)
        if _overlap(one["gridPos"], other["gridPos"])
    ]
    assert overlapping == []
    assert [one["title"] for one in board if one["gridPos"]["x"] + one["gridPos"]["w"] > 24] == []


def _overlap(one: dict[str, int], other: dict[str, int]) -> bool:
    return all(
        one[start] < other[start] + other[length] and other[start] < one[start] + one[length]
        for start, length in (("x", "w"), ("y", "h"))
    )
