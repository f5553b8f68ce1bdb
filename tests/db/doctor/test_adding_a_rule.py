"""docs/how-to/add-a-doctor-rule.md, followed to the letter, adds a rule that finds its fault."""

import ast
from pathlib import Path
from typing import Any

import msgspec
import psycopg

from db.doctor import rules
from db.doctor.rules import Finding
from tests import how_to

EXAMINE = """
import sys
import msgspec
from db.doctor.examine import doctor
sys.stdout.write(msgspec.json.encode(doctor(sys.argv[1])).decode())
"""


def test_rule_added_by_the_page_alone_finds_its_fault(
    healthy: psycopg.Connection[Any], fresh_database: str, tmp_path: Path
) -> None:
    files = how_to.blocks("add-a-doctor-rule.md")
    (query,) = (path for path in files if path.endswith(".sql"))
    db = how_to.copy_of_db(tmp_path)
    (db.parent / query).write_text(files[query])
    table = db / "doctor" / "rules.py"
    before, end, after = table.read_text().rpartition(")  # fmt: skip\n")
    table.write_text(before + files["db/doctor/rules.py"] + end + after)
    ((rule, severity, fault),) = ast.literal_eval(
        "{" + files["tests/db/doctor/faults.py"] + "}"
    ).values()

    def findings() -> dict[str, str]:
        output = how_to.run(tmp_path, EXAMINE, fresh_database)
        found = msgspec.json.decode(output, type=list[Finding])
        return {one.rule: one.severity for one in found if one.severity != "info"}

    assert rule not in {known.name for known in rules.RULES}
    assert findings() == {}
    healthy.execute(fault)
    assert findings() == {rule: severity}
