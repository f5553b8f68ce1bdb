"""The CI workflow, checked without running it."""

import json
import re
from importlib import resources
from pathlib import Path
from typing import Any

import jsonschema
import yaml

from stack.broker import kafka
from stack.broker.container import IMAGE as KAFKA_IMAGE
from stack.broker.container import environment
from stack.database import container as postgres

TEXT = (Path(__file__).parents[1] / ".github/workflows/ci.yml").read_text()
WORKFLOW: dict[str, Any] = yaml.safe_load(TEXT)
GIVEN = WORKFLOW["jobs"]["given"]


def test_the_workflow_follows_githubs_schema() -> None:
    vendored = resources.files("check_jsonschema") / "builtin_schemas/vendor/github-workflows.json"
    faults = jsonschema.Draft7Validator(json.loads(vendored.read_text())).iter_errors(WORKFLOW)
    assert [f"{fault.json_path}: {fault.message}" for fault in faults] == []


def test_every_action_is_pinned_to_a_commit_with_its_version_in_a_comment() -> None:
    uses = re.findall(r"uses: (.*)", TEXT)
    assert uses
    pinned = r"[\w-]+/[\w-]+@[0-9a-f]{40}  # v\d+\.\d+\.\d+"
    assert [action for action in uses if not re.fullmatch(pinned, action)] == []


def test_no_job_has_write_permission() -> None:
    assert WORKFLOW["permissions"] == {"contents": "read"}
    assert [job for job in WORKFLOW["jobs"].values() if "permissions" in job] == []


def test_every_job_has_a_timeout() -> None:
    assert [name for name, job in WORKFLOW["jobs"].items() if "timeout-minutes" not in job] == []


def test_both_editions_are_tested_in_the_version_of_the_stack() -> None:
    image, _, tag = postgres.IMAGE.partition(":")
    assert {tag, f"{tag}-oss"} <= set(GIVEN["strategy"]["matrix"]["timescaledb"])
    assert GIVEN["services"]["timescaledb"]["image"].startswith(f"{image}:")
    assert GIVEN["services"]["kafka"]["image"] == KAFKA_IMAGE


def test_service_containers_have_the_settings_of_the_stack() -> None:
    environ = GIVEN["services"]["kafka"]["env"]
    assert environment(kafka.CONFIGURATION).items() <= environ.items()
    script = next(step["run"] for step in GIVEN["steps"] if "alter system" in step.get("run", ""))
    assert [
        f"{name}={value}"
        for name, value in postgres.SETTINGS.items()
        if f"{name}={value}" not in script
    ] == []
