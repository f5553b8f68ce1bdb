"""The hooks of pre-commit are the commands of `make check`."""

import re
from pathlib import Path

import yaml

ROOT = Path(__file__).parents[1]


def test_hooks_run_the_commands_of_make_check() -> None:
    makefile = (ROOT / "Makefile").read_text().replace("\\\n", " ")
    recipe = re.search(r"^check:.*\n((?:\t.*\n)+)", makefile, re.MULTILINE)
    assert recipe
    commands = re.findall(r'@echo "check: (.*?)" && (.*)', recipe[1].replace("$(BIN)", ".venv/bin"))
    [repository] = yaml.safe_load((ROOT / ".pre-commit-config.yaml").read_text())["repos"]
    assert repository["repo"] == "local"
    hooks = [(hook["name"], hook["entry"]) for hook in repository["hooks"]]
    assert hooks == [(name, " ".join(command.split())) for name, command in commands]
