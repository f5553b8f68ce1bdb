"""The workflows of CI and of a release, checked without running them."""

import json
import re
from importlib import resources
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml

from stack.broker import kafka
from stack.broker.container import IMAGE as KAFKA_IMAGE
from stack.broker.container import environment
from stack.database import container as postgres

FILES = sorted((Path(__file__).parents[1] / ".github/workflows").glob("*.yml"))
TEXTS = {file.stem: file.read_text() for file in FILES}
WORKFLOWS: dict[str, dict[str, Any]] = {name: yaml.safe_load(text) for name, text in TEXTS.items()}
GIVEN = WORKFLOWS["ci"]["jobs"]["given"]
JOBS = [
    pytest.param(job, id=f"{name}-{key}")
    for name, workflow in WORKFLOWS.items()
    for key, job in workflow["jobs"].items()
]


@pytest.mark.parametrize("name", WORKFLOWS)
def test_the_workflow_follows_githubs_schema(name: str) -> None:
    vendored = resources.files("check_jsonschema") / "builtin_schemas/vendor/github-workflows.json"
    schema = json.loads(vendored.read_text())
    faults = jsonschema.Draft7Validator(schema).iter_errors(WORKFLOWS[name])
    assert [f"{fault.json_path}: {fault.message}" for fault in faults] == []


@pytest.mark.parametrize("name", WORKFLOWS)
def test_every_action_is_pinned_to_a_commit_with_its_version_in_a_comment(name: str) -> None:
    uses = re.findall(r"uses: (.*)", TEXTS[name])
    assert uses
    pinned = r"[\w-]+/[\w-]+@[0-9a-f]{40}  # v\d+\.\d+\.\d+"
    assert [action for action in uses if not re.fullmatch(pinned, action)] == []


def test_an_action_has_the_same_version_everywhere() -> None:
    used = {use for text in TEXTS.values() for use in re.findall(r"uses: (.*)", text)}
    assert len({use.partition("@")[0] for use in used}) == len(used)


@pytest.mark.parametrize("name", WORKFLOWS)
def test_only_publishing_a_tag_may_write(name: str) -> None:
    assert WORKFLOWS[name]["permissions"] == {"contents": "read"}
    writing = {key: job for key, job in WORKFLOWS[name]["jobs"].items() if "permissions" in job}
    assert list(writing) == (["publish"] if name == "release" else [])
    for job in writing.values():
        assert job["if"] == "github.ref_type == 'tag' && vars.PUBLISH_RELEASES == 'true'"
        assert job["environment"] == "release"
        assert job["needs"] == "build"


@pytest.mark.parametrize("job", JOBS)
def test_every_job_has_a_timeout(job: dict[str, Any]) -> None:
    assert "timeout-minutes" in job


@pytest.mark.parametrize("job", JOBS)
def test_no_script_holds_what_others_can_name(job: dict[str, Any]) -> None:
    """An expression in a script is pasted into it: a branch or tag could be a command."""
    assert [step["run"] for step in job["steps"] if "${{" in step.get("run", "")] == []


@pytest.mark.parametrize("job", JOBS)
def test_no_script_calls_a_missing_target(job: dict[str, Any]) -> None:
    makefile = (FILES[0].parents[2] / "Makefile").read_text()
    for step in job["steps"]:
        for target in re.findall(r"^make (\w+)", step.get("run", ""), re.MULTILINE):
            assert re.search(rf"^{target}:", makefile, re.MULTILINE), target


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
