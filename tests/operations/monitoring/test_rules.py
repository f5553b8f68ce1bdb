"""The alerts under promtool: on made series each fires when it has to, and no sooner."""

import shutil
import subprocess
from pathlib import Path

import pytest
import yaml

from tests.operations.monitoring import files, healthy_week

PROMTOOL = shutil.which("promtool")

needs_promtool = pytest.mark.skipif(
    PROMTOOL is None, reason="needs promtool: apt-get install prometheus"
)


def promtool(*words: str | Path) -> None:
    """Runs promtool; fails with its output if it finds a fault."""
    assert PROMTOOL
    done = subprocess.run(
        [PROMTOOL, *map(str, words)], capture_output=True, text=True, timeout=600, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr


@needs_promtool
def test_the_rules_and_the_configuration_are_valid() -> None:
    promtool("check", "rules", "--lint=all", "--lint-fatal", files.RULES)
    promtool("check", "config", files.CONFIGURATION)


@needs_promtool
def test_every_query_of_the_dashboard_is_valid(tmp_path: Path) -> None:
    rules = [
        {"record": f"query_{number}", "expr": files.filled(query.expr)}
        for number, query in enumerate(files.queries())
    ]
    file = tmp_path / "queries.yml"
    file.write_text(yaml.safe_dump({"groups": [{"name": "dashboard", "rules": rules}]}))
    promtool("check", "rules", file)


@needs_promtool
def test_each_alert_fires_in_trouble_and_not_before() -> None:
    promtool("test", "rules", *files.TRIALS)


def test_each_alert_is_tried_on_series_with_and_without_trouble() -> None:
    tried = {
        (one["alertname"], bool(one["exp_alerts"]))
        for file in files.TRIALS
        for group in yaml.safe_load(file.read_text())["tests"]
        for one in group["alert_rule_test"]
    }
    assert tried == {(name, fires) for name in files.alerts() for fires in (True, False)}


@needs_promtool
@pytest.mark.parametrize(
    "minutes",
    [
        pytest.param(healthy_week.EVENING, id="its first evening"),
        pytest.param(healthy_week.WEEK, id="all of it", marks=pytest.mark.operations),
    ],
)
def test_nothing_fires_in_a_healthy_week(minutes: int, tmp_path: Path) -> None:
    file = tmp_path / "week.yml"
    file.write_text(healthy_week.unit_tests(str(files.RULES), minutes))
    promtool("test", "rules", file)


def test_the_healthy_week_has_a_series_of_each_metric_that_an_alert_names() -> None:
    named = set().union(*(files.names(rule["expr"]) for rule in files.rules()))
    made = {series.partition("{")[0] for series in healthy_week.SERIES}
    assert named - made - files.recorded() == set()
