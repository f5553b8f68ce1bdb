"""The pure modules of the chart page, run by Node.js."""

import json
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

CHART = Path(__file__).parents[3] / "api" / "pages" / "chart"

Evaluate = Callable[..., Any]


@pytest.fixture(scope="session")
def js() -> Evaluate:
    """Evaluates an expression over the exports of a module and `given`; returns its value."""
    node = shutil.which("node")
    if node is None:
        pytest.skip("needs Node.js: apt-get install nodejs")

    def evaluate(module: str, expression: str, zone: str = "UTC", **given: Any) -> Any:
        script = (
            f"import * as m from {json.dumps((CHART / module).resolve().as_uri())};"
            f"const given = {json.dumps(given)};"
            f"console.log(JSON.stringify({expression}) ?? 'null');"
        )
        ended = subprocess.run(
            [node, "--input-type=module", "-"],
            input=script,
            env={"TZ": zone},
            text=True,
            capture_output=True,
            timeout=60,
            check=False,
        )
        assert ended.returncode == 0, ended.stderr
        return json.loads(ended.stdout)

    return evaluate
