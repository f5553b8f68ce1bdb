"""Rules and dashboard: each metric they name exists, each alert says what to do and where."""

import re
from itertools import combinations

import pytest

from tests.operations.monitoring import files

OWN = {"up", "ALERTS"}  # Prometheus's own
RUNBOOK = (files.ROOT / "docs" / "runbooks" / "alerts.md").read_text()
METRICS = (files.ROOT / "docs" / "runbooks" / "monitoring.md").read_text()
DOCUMENTED = set(re.findall(r"`(stockpulse_\w+)", METRICS))
SUFFIXES = ("_sum", "_count", "_bucket")


def test_the_metrics_of_a_query_are_found() -> None:
    query = (
        'max by (job, topic) (a_total{x="b or c",y=~"d.*"}[5m] offset 1h)'
        " > 6 * 3600 or 2 ^ 30 < e:f unless on (job) (time() - g > 1e3)"
    )
    assert files.names(query) == {"a_total", "e:f", "g"}


@pytest.mark.parametrize("query", files.queries(), ids=lambda query: query.where)
def test_every_metric_of_a_rule_or_panel_is_documented(query: files.Query) -> None:
    found = files.names(query.expr) - OWN - files.recorded()
    assert files.names(query.expr)
    assert {
        name for name in found if name not in DOCUMENTED and _family(name) not in DOCUMENTED
    } == set()


def _family(name: str) -> str:
    """Returns the name of a histogram whose series is given."""
    for suffix in SUFFIXES:
        name = name.removesuffix(suffix)
    return name


@pytest.mark.parametrize("name", files.alerts())
def test_every_alert_has_a_severity_and_says_what_to_do(name: str) -> None:
    alert = files.alerts()[name]
    assert name.startswith("StockPulse")
    assert alert["labels"]["severity"] in ("critical", "warning")
    summary = alert["annotations"]["summary"]
    assert len(summary.splitlines()) == 1
    assert re.search(r": | stores nothing\.", summary), "what happened: what to do"


@pytest.mark.parametrize("name", files.alerts())
def test_every_alert_leads_to_its_section_of_the_runbook(name: str) -> None:
    assert files.alerts()[name]["annotations"]["runbook"] == (
        f"docs/runbooks/alerts.md#{name.lower()}"
    )
    assert f"\n## {name}\n" in RUNBOOK


def test_the_runbook_has_no_section_of_an_alert_that_does_not_exist() -> None:
    assert set(re.findall(r"^## (StockPulse\w+)$", RUNBOOK, re.MULTILINE)) == set(files.alerts())


@pytest.mark.parametrize("panel", files.panels(), ids=lambda panel: panel["title"])
def test_every_panel_asks_the_source_that_is_chosen(panel: dict) -> None:
    chosen = {"type": "prometheus", "uid": "${datasource}"}
    assert panel["datasource"] == chosen
    assert panel["targets"]
    assert [target for target in panel["targets"] if target["datasource"] != chosen] == []


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
