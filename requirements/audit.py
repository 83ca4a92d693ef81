"""Asks for known vulnerabilities in everything that is locked; part of `make check`.

pip-audit calls it a success when the index knew nothing of any package, as many mirrors do, and dies with a
traceback where there is no network. Neither is a finding, and neither is an all-clear: one line says how much
was audited. A vulnerability fails the check, and so does a pip-audit that is itself broken.
"""

import json
import re
import subprocess  # nosec B404  # pip-audit has no stable interface but its command line
import sys
from pathlib import Path
from typing import Any

LOCKS = ("dev.lock", "build.lock")  # dev.lock has all of run.lock
SOCKET_TIMEOUT = 5  # seconds
TIMEOUT = 45  # seconds for everything: a slow network is no network

_NETWORK = re.compile(r"requests\.exceptions\.\w+|Could not connect|not redirecting|ServiceError")


def verdict(code: int, out: str, err: str) -> tuple[bool, list[str]]:
    """Whether pip-audit's exit code and output let the check pass, and what to say of them."""
    try:
        packages: list[dict[str, Any]] = json.loads(out)["dependencies"]
    except ValueError:
        return _undone(err)
    audited = [package for package in packages if "vulns" in package]
    found = [package for package in audited if package["vulns"]]
    if found:
        return False, [_finding(package, one) for package in found for one in package["vulns"]]
    if code != 0 or not packages:
        return False, [f"pip-audit ended with {code} and {len(packages)} packages"]
    if not audited:
        return True, ["not audited: the package index here has no word on vulnerabilities"]
    unknown = [package["name"] for package in packages if "vulns" not in package]
    rest = f"; not known to the index: {', '.join(unknown)}" if unknown else ""
    return True, [f"{len(audited)} packages audited, no known vulnerability{rest}"]


def _undone(err: str) -> tuple[bool, list[str]]:
    network = _NETWORK.search(err)
    if network:
        return True, [f"not audited: offline ({network[0]})"]
    said = err.strip().splitlines() or ["nothing"]
    return False, [f"pip-audit is broken, it says: {said[-1].strip()}"]


def _finding(package: dict[str, Any], vulnerability: dict[str, Any]) -> str:
    names = ", ".join([vulnerability["id"], *vulnerability.get("aliases", ())])
    fixed = ", ".join(vulnerability["fix_versions"]) or "no version"
    return f"{package['name']} {package['version']}: {names}; fixed in {fixed}"


def main() -> int:
    locks = [part for lock in LOCKS for part in ("-r", str(Path(__file__).with_name(lock)))]
    options = ["--require-hashes", "--disable-pip", "--progress-spinner=off", "--format=json"]
    command = [sys.executable, "-m", "pip_audit", *options, f"--timeout={SOCKET_TIMEOUT}", *locks]
    try:
        run = subprocess.run(  # nosec B603  # noqa: S603 - nothing in it comes from outside
            command, capture_output=True, text=True, timeout=TIMEOUT, check=False
        )
    except subprocess.TimeoutExpired:
        passed, lines = True, [f"not audited: no answer within {TIMEOUT} seconds"]
    else:
        passed, lines = verdict(run.returncode, run.stdout, run.stderr)
    for line in lines:
        print(f"audit: {line}")
    return 0 if passed else 1


if __name__ == "__main__":
    sys.exit(main())
