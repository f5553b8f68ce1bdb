"""The issue forms follow GitHub's schema."""

import json
from importlib import resources
from pathlib import Path

import jsonschema
import pytest
import yaml

FORMS = sorted((Path(__file__).parents[1] / ".github/ISSUE_TEMPLATE").glob("*.yml"))
SCHEMAS = resources.files("check_jsonschema") / "builtin_schemas/vendor"


@pytest.mark.parametrize("form", FORMS, ids=lambda form: form.stem)
def test_the_form_follows_githubs_schema(form: Path) -> None:
    name = "github-issue-config" if form.stem == "config" else "github-issue-forms"
    schema = json.loads((SCHEMAS / f"{name}.json").read_text())
    faults = jsonschema.Draft7Validator(schema).iter_errors(yaml.safe_load(form.read_text()))
    assert [f"{fault.json_path}: {fault.message}" for fault in faults] == []
