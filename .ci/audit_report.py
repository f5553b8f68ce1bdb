"""Prints what a JSON report of pip-audit says; ends with 1 if a package has a vulnerability."""

import json
import sys
from pathlib import Path

packages = json.loads(Path(sys.argv[1]).read_bytes())["dependencies"]
unknown = [package["name"] for package in packages if "skip_reason" in package]
faults = [
    f"{package['name']} {package['version']}: {fault['id']}, fixed in"
    f" {', '.join(fault['fix_versions']) or 'no version yet'}"
    for package in packages
    for fault in package.get("vulns", ())
]
for fault in faults:
    print(f"audit: {fault}", file=sys.stderr)
if faults:
    sys.exit("audit: raise these versions in pyproject.toml and run make lock")
if len(unknown) == len(packages):
    print("audit: skipped: the service of vulnerabilities knows none of the packages")
elif unknown:
    print(f"audit: unknown to the service of vulnerabilities: {', '.join(unknown)}")
if len(unknown) < len(packages):
    print(f"audit: no known vulnerability in {len(packages) - len(unknown)} packages")
