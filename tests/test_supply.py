"""What smsdesk is made of and runs in: locks, exceptions from the security checks, image, unit."""

import asyncio
import io
import json
import re
import runpy
import shutil
import subprocess
import sys
import tokenize
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from bot.config import keys
from bot.settings import Web

from .flow.desk import stands, working

ROOT = Path(__file__).parents[1]
ROOMS = ("bot", "desk", "providers", "storage", "sandbox", "bench", "deploy", "requirements", "tests")
HEALTHCHECK = ROOT / "deploy" / "healthcheck.py"

Verdict = Callable[[int, str, str], tuple[bool, list[str]]]


# --- The audit ---------------------------------------------------------------------------------------

FOUND = {"id": "PYSEC-1", "aliases": ["CVE-2026-1"], "fix_versions": ["1.1"], "description": "bad"}


@pytest.fixture(scope="module")
def verdict() -> Verdict:
    judge: Verdict = runpy.run_path(str(ROOT / "requirements" / "audit.py"))["verdict"]
    return judge


def said(*packages: dict[str, object]) -> str:
    return json.dumps({"dependencies": packages, "fixes": []})


GOOD: dict[str, object] = {"name": "good", "version": "1.0", "vulns": []}
BAD: dict[str, object] = {"name": "bad", "version": "1.0", "vulns": [FOUND]}
UNKNOWN: dict[str, object] = {"name": "odd", "skip_reason": "Dependency not found"}
OFFLINE = "Traceback\nrequests.exceptions.ConnectionError: HTTPSConnectionPool: Max retries exceeded"


@pytest.mark.parametrize(
    ("code", "out", "err", "passes", "words"),
    [
        pytest.param(0, said(GOOD), "", True, "1 packages audited, no known vulnerability", id="clean"),
        pytest.param(0, said(GOOD, UNKNOWN), "", True, "not known to the index: odd", id="in part"),
        pytest.param(0, said(UNKNOWN), "", True, "not audited: the package index", id="a mirror"),
        pytest.param(1, "", OFFLINE, True, "not audited: offline", id="offline"),
        pytest.param(
            1, "", "ERROR: Could not connect to PyPI's vulnerability feed", True, "offline", id="no route"
        ),
        pytest.param(1, said(GOOD, BAD), "", False, "bad 1.0: PYSEC-1, CVE-2026-1; fixed in 1.1", id="found"),
        pytest.param(0, said(BAD), "", False, "PYSEC-1", id="found, whatever the exit code"),
        pytest.param(1, "", "invalid requirements input", False, "pip-audit is broken", id="broken"),
        pytest.param(2, said(GOOD), "", False, "ended with 2", id="failed"),
        pytest.param(0, said(), "", False, "0 packages", id="nothing looked at"),
    ],
)
def test_only_a_finding_or_a_broken_audit_fails_the_check(
    verdict: Verdict, code: int, out: str, err: str, passes: bool, words: str
) -> None:
    passed, lines = verdict(code, out, err)
    assert passed is passes
    assert words in "\n".join(lines)


@pytest.mark.parametrize("name", ["run", "dev", "build"])
def test_a_lock_has_a_version_and_hashes_for_all_and_no_address(name: str) -> None:
    text = (ROOT / "requirements" / f"{name}.lock").read_text()
    assert "://" not in text
    pins = [entry for entry in re.split(r"(?m)^(?=[a-z0-9])", text) if not entry.startswith("#")]
    assert pins
    assert [pin.split()[0] for pin in pins if "==" not in pin or "--hash=sha256:" not in pin] == []


# --- Exceptions have reasons -------------------------------------------------------------------------


def exceptions() -> Iterator[tuple[str, str]]:
    """Every comment that switches a check of ruff or bandit off, with where it stands."""
    for room in ROOMS:
        for path in sorted((ROOT / room).rglob("*.py")):
            source = io.StringIO(path.read_text("utf-8"))
            for token in tokenize.generate_tokens(source.readline):
                if token.type == tokenize.COMMENT and re.search(r"#\s*(noqa|nosec)\b", token.string):
                    yield f"{path.relative_to(ROOT)}:{token.start[0]}", token.string


def reason(comment: str) -> str:
    """What is left of such a comment without the marks and the rules they name."""
    marks = r"#\s*(?:noqa|nosec):?|\b[A-Z]{1,5}\d{3,4}\b|[#,\s-]"
    return re.sub(marks, "", comment)


def test_every_exception_names_its_rule_and_its_reason() -> None:
    found = dict(exceptions())
    assert found
    assert {at: text for at, text in found.items() if not re.search(r"(noqa:|nosec) [A-Z]+\d+", text)} == {}
    assert {at: text for at, text in found.items() if not reason(text)} == {}


# --- The image ---------------------------------------------------------------------------------------


def stages() -> list[list[str]]:
    """The instructions of the Dockerfile by stage, comments gone and continued lines joined."""
    lines = [line for line in (ROOT / "Dockerfile").read_text().splitlines() if not line.startswith("#")]
    made: list[list[str]] = []
    for instruction in filter(None, "\n".join(lines).replace("\\\n", " ").splitlines()):
        if instruction.startswith("FROM "):
            made.append([])
        if made:
            made[-1].append(" ".join(instruction.split()))
    return made


def test_the_image_runs_as_nobody_in_particular_and_looks_after_itself() -> None:
    *_, final = stages()
    users = [line for line in final if line.startswith("USER ")]
    assert [bool(re.fullmatch(r"USER [1-9]\d{3,}:[1-9]\d{3,}", line)) for line in users] == [True]
    after = final[final.index(users[0]) :]
    assert [line.split()[0] for line in after if line.startswith(("RUN", "COPY"))] == []
    assert [line for line in final if line.startswith("VOLUME")] == ["VOLUME /data"]
    assert any(line.startswith("HEALTHCHECK") and "healthcheck.py" in line for line in final)
    assert any("pip uninstall" in line for line in final)
    assert not any("install" in line and "pip install" in line for line in final)


def test_the_image_takes_only_what_is_locked() -> None:
    text = "\n".join(line for stage in stages() for line in stage)
    installs = re.findall(r"pip (?:--python \S+ )?install [^&\n]*", text)
    assert len(installs) == 3
    assert [one for one in installs if "--require-hashes" not in one and "--no-index" not in one] == []
    assert "://" not in text
    assert "index-url" not in text


def test_all_that_the_image_copies_is_there_and_passes_the_ignore_file() -> None:
    kept = [line[1:] for line in (ROOT / ".dockerignore").read_text().splitlines() if line.startswith("!")]
    for line in (line for stage in stages() for line in stage if line.startswith("COPY ")):
        for source in line.split()[1:-1]:
            if line.startswith("COPY --from="):
                continue
            assert (ROOT / source).exists()
            assert any(Path(source) == Path(one) or Path(source).match(one) for one in kept), source


# --- Its health --------------------------------------------------------------------------------------


async def asked(config: Path) -> int:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-I", HEALTHCHECK, config, stderr=asyncio.subprocess.DEVNULL
    )
    return await asyncio.wait_for(process.wait(), 20)


async def test_the_health_check_tells_a_living_bot_from_a_dead_one(tmp_path: Path) -> None:
    config = tmp_path / "config.toml"
    async with stands() as world:
        async with working(world.settings(tmp_path)) as desk:
            config.write_text(f'[web]\nlisten = "127.0.0.1:{desk.web_port}"\n', "utf-8-sig")
            assert await asked(config) == 0
        assert await asked(config) != 0


def test_the_health_check_asks_where_the_bot_listens(tmp_path: Path) -> None:
    listen = runpy.run_path(str(HEALTHCHECK))["listen"]
    config = tmp_path / "config.toml"
    config.write_text("")
    assert listen(config, {}) == Web().listen
    config.write_text('[web]\nlisten = "[::1]:9"')
    assert listen(config, {}) == "[::1]:9"
    assert listen(config, {"SMSDESK_WEB__LISTEN": ""}) == ""


# --- The unit ----------------------------------------------------------------------------------------

UNIT = ROOT / "deploy" / "smsdesk.service"


def test_the_unit_sets_what_there_is_to_set() -> None:
    known = {"SMSDESK_" + "__".join(path).upper() for path in keys()}
    given = re.findall(r"(?m)^Environment=(SMSDESK_\w+)=", UNIT.read_text())
    assert given
    assert set(given) <= known


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="no systemd here")
def test_systemd_finds_the_unit_tight() -> None:
    command = ["systemd-analyze", "security", "--offline=yes", "--threshold=15", str(UNIT)]
    run = subprocess.run(  # noqa: S603 - nothing in it comes from outside
        command, capture_output=True, text=True, timeout=60, check=False
    )
    assert run.returncode == 0, run.stdout + run.stderr
