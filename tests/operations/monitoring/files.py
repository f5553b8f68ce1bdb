"""The files of docs/monitoring: their alerts, their queries and the metrics these name."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import yaml

ROOT = Path(__file__).parents[3]
MONITORING = ROOT / "docs" / "monitoring"
RULES = MONITORING / "prometheus-alerts.yml"
CONFIGURATION = MONITORING / "prometheus.yml"
DASHBOARD = MONITORING / "grafana-dashboard.json"
TRIALS = sorted(Path(__file__).parent.glob("*alerts.test.yml"))  # of alerts, on made series

SELECTOR = re.compile(r"\b([a-zA-Z_:][a-zA-Z0-9_:]*)\{([^}]*)\}")
LABEL = re.compile(r"\b(\w+)\s*(?:=~|!~|!=|=)")
QUOTED = re.compile(r'"(?:[^"\\]|\\.)*"')
# What is no metric: words of PromQL, functions, and labels in selectors and after by or on.
BRACES = re.compile(r"\{[^}]*\}")
LABELS = re.compile(r"\b(?:by|on|without|ignoring|group_left|group_right)\s*\(([^)]*)\)")
FUNCTION = re.compile(r"\b\w+(?=\s*\()")
NAME = re.compile(r"\b(?<![\d.])[a-zA-Z_:][a-zA-Z0-9_:]*\b")
OPERATORS = {"or", "and", "unless", "offset", "bool"}
RANGE = re.compile(r"\[[^\]]*\]")


class Query(NamedTuple):
    """A query and where it stands."""

    where: str
    expr: str


def rules() -> list[dict[str, Any]]:
    """Returns the rules of all groups, alerts and recorded ones."""
    groups = yaml.safe_load(RULES.read_text())["groups"]
    return [rule for group in groups for rule in group["rules"]]


def alerts() -> dict[str, dict[str, Any]]:
    """Returns the alerts by name."""
    return {rule["alert"]: rule for rule in rules() if "alert" in rule}


def recorded() -> set[str]:
    """Returns the names that rules record."""
    return {rule["record"] for rule in rules() if "record" in rule}


def dashboard() -> dict[str, Any]:
    """Returns the dashboard."""
    board: dict[str, Any] = json.loads(DASHBOARD.read_text())
    return board


def panels() -> list[dict[str, Any]]:
    """Returns the panels of the dashboard without its rows."""
    return [panel for panel in dashboard()["panels"] if panel["type"] != "row"]


def queries() -> Iterator[Query]:
    """Yields the queries of all rules and panels, and of the dashboard's annotations."""
    for rule in rules():
        yield Query(rule.get("alert") or rule["record"], rule["expr"])
    for panel in panels():
        for target in panel["targets"]:
            yield Query(f"panel {panel['title']}", target["expr"])
    for annotation in dashboard()["annotations"]["list"]:
        yield Query(f"annotation {annotation['name']}", annotation["expr"])


def filled(expr: str) -> str:
    """Returns a query of the dashboard as Grafana sends it."""
    return expr.replace("$__rate_interval", "1m")


def names(expr: str) -> set[str]:
    """Returns every metric that a query names, ours and Prometheus's own."""
    for pattern in (QUOTED, BRACES, RANGE, LABELS, FUNCTION):
        expr = pattern.sub(" ", expr)
    return set(NAME.findall(expr)) - OPERATORS


def selected(expr: str) -> Iterator[tuple[str, set[str]]]:
    """Yields each selector of a query: its metric, and the labels that it names."""
    for metric, labels in SELECTOR.findall(QUOTED.sub(" ", expr)):
        yield metric, set(LABEL.findall(labels))


def grouped(expr: str) -> set[str]:
    """Returns the labels by which a query groups or joins."""
    return {label.strip() for labels in LABELS.findall(expr) for label in labels.split(",")}
