"""The commands of docs/runbooks use the settings that their pages introduce, and tests run them."""

import re
from pathlib import Path

import pytest
import yaml

from tests.operations.runbook import PAGES, Runbook

TESTS = Path(__file__).parent
RUN = ["backup.md", "failover.md", "replicas.md", "upgrade.md", "move-to-community.md"]
USED = re.compile(r"\$\{?([A-Z][A-Z_]*)")
YAML = re.compile(r"^```yaml\n(.*?)^```$", re.MULTILINE | re.DOTALL)
OTHERS = {"PWD", "STOCKPULSE_DATABASE_URL"}
# What tests/api/test_replica.py does in its own process: a server that runs until it is stopped.
LEFT_OUT = {"replicas.md": {"2. Lead the API there"}}


@pytest.mark.parametrize("page", RUN)
def test_a_page_says_what_to_set_before_it_is_used(page: str) -> None:
    runbook = Runbook(page)
    used = {
        name
        for title, count in runbook.titles().items()
        for number in range(1, count + 1)
        for name in USED.findall(runbook.block(title, number))
    }
    assert used <= runbook.settings | OTHERS


@pytest.mark.parametrize("page", RUN)
def test_a_test_runs_every_block_of_a_page(page: str) -> None:
    files = [file for file in TESTS.glob("test_*.py") if file != Path(__file__)]
    tests = "\n".join(file.read_text() for file in files)
    untested = {title for title in Runbook(page).titles() if f'"{title}"' not in tests}
    assert untested == LEFT_OUT.get(page, set())


def test_the_manifests_are_yaml_with_a_kind() -> None:
    text = (PAGES / "cloudnativepg.md").read_text()
    manifests = [yaml.safe_load(block) for block in YAML.findall(text)]
    assert [manifest["kind"] for manifest in manifests] == ["Cluster", "Job"]
