"""What is deployed: the wheel in an empty environment, the containers, the manifests of Kubernetes."""

import os
import re
import subprocess
import sys
import sysconfig
import tomllib
import venv
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from bot.config import load

ROOT = Path(__file__).parents[1]
DEPLOY = ROOT / "deploy"
GRACE = 15  # seconds that a stop may take: tests/flow/test_stop.py
USER = 10001  # of the image


# --- The wheel ---------------------------------------------------------------------------------------


def run(*command: object, cwd: Path) -> str:
    """What it says on both outputs; it must succeed. Nothing of this checkout is in its environment."""
    environment = {
        key: value for key, value in os.environ.items() if not key.startswith(("PYTHON", "VIRTUAL"))
    }
    made = subprocess.run(  # noqa: S603 - nothing in it comes from outside
        [str(word) for word in command],
        cwd=cwd,
        env=environment,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert made.returncode == 0, made.stdout + made.stderr
    return made.stdout + made.stderr


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel, of a copy of what git has or would have: no build is left over in the checkout."""
    folder = tmp_path_factory.mktemp("wheel")
    listed = run("git", "ls-files", "-z", "--cached", "--others", "--exclude-standard", cwd=ROOT)
    for name in filter(None, listed.split("\0")):
        if name.endswith((".md", ".toml")) or name.split("/")[0] in {"bot", "desk", "providers", "sandbox",
                                                                      "storage", "LICENSE"}:  # fmt: skip
            (folder / "source" / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / "source" / name).write_bytes((ROOT / name).read_bytes())
    pip = (sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--no-build-isolation")
    run(*pip, "--wheel-dir", folder, folder / "source", cwd=folder)
    (made,) = folder.glob("*.whl")
    return made


def test_the_wheel_alone_plays_the_tour(wheel: Path, tmp_path: Path) -> None:
    """The libraries are those of here, by a path; `make wheel` installs them anew as well."""
    venv.create(tmp_path / "empty", symlinks=True)
    python = tmp_path / "empty/bin/python"
    run(
        sys.executable,
        "-m",
        "pip",
        "--python",
        python,
        "install",
        "--quiet",
        "--no-deps",
        wheel,
        cwd=tmp_path,
    )
    (site,) = (tmp_path / "empty/lib").glob("python*/site-packages")
    # A .pth of a folder that a .pth names is not read, so the checkout itself is not found this way.
    (site / "libraries.pth").write_text(sysconfig.get_path("purelib") + "\n")
    where = run(python, "-c", "import bot, storage; print(bot.__file__, storage.__file__)", cwd=tmp_path)
    assert str(ROOT) not in where
    told = run(tmp_path / "empty/bin/smsdesk", "demo", "--tour", cwd=tmp_path)
    assert "Traceback" not in told
    assert "delivered" in told


# --- Containers --------------------------------------------------------------------------------------


def read(path: Path) -> Any:
    return yaml.safe_load(path.read_text("utf-8"))


COMPOSE = ROOT / "compose.yaml"
REPLICAS = ("first", "second")


@pytest.mark.parametrize("name", REPLICAS)
def test_a_replica_has_few_rights_and_time_to_stop(name: str) -> None:
    replica = read(COMPOSE)["services"][name]
    assert replica["read_only"] is True
    assert replica["cap_drop"] == ["ALL"]
    assert replica["security_opt"] == ["no-new-privileges:true"]
    assert int(replica["stop_grace_period"].removesuffix("s")) > GRACE
    assert replica["volumes"] == [f"{name}:/data"]
    assert "ports" not in replica
    assert replica["depends_on"] == {"database": {"condition": "service_healthy"}}


def test_compose_names_nothing_that_it_does_not_have() -> None:
    compose = read(COMPOSE)
    services = compose["services"]
    for service in services.values():
        for kind in ("networks", "secrets"):
            assert set(service.get(kind, [])) <= set(compose[kind])
        assert {one["source"] for one in service.get("configs", [])} <= set(compose["configs"])
        named = {one.split(":")[0] for one in service.get("volumes", []) if not one.startswith(".")}
        assert named <= set(compose["volumes"])
        assert set(service.get("depends_on", [])) <= set(services)
        for one in service.get("volumes", []):
            if one.startswith("."):
                assert (ROOT / one.split(":")[0]).is_file()
    assert [name for name, one in services.items() if "ports" in one] == ["proxy"]
    assert compose["networks"]["inside"] == {"internal": True}
    assert "outside" not in services["database"]["networks"]
    for one in compose["configs"].values():
        assert (ROOT / one["file"]).is_file()


def test_the_proxy_leads_to_both_replicas_and_to_two_paths() -> None:
    caddy = (DEPLOY / "compose/Caddyfile").read_text()
    (upstreams,) = re.findall(r"reverse_proxy ([^{\n]*)", caddy)
    assert upstreams.split() == [f"{name}:8080" for name in REPLICAS]
    assert re.findall(r"path (.*)", caddy) == ["/telegram /push/*"]
    assert "health_uri /readyz" in caddy


# --- Kubernetes --------------------------------------------------------------------------------------

MANIFESTS = list(yaml.safe_load_all((DEPLOY / "kubernetes/smsdesk.yaml").read_text("utf-8")))


def manifest(kind: str) -> Any:
    (found,) = [one for one in MANIFESTS if one["kind"] == kind]
    return found


def test_a_pod_has_few_rights_and_time_to_stop() -> None:
    pod = manifest("StatefulSet")["spec"]["template"]["spec"]
    (container,) = pod["containers"]
    assert pod["terminationGracePeriodSeconds"] > GRACE
    assert (pod["securityContext"]["runAsUser"], pod["securityContext"]["runAsNonRoot"]) == (USER, True)
    assert f"USER {USER}:{USER}" in (ROOT / "Dockerfile").read_text()
    rights = container["securityContext"]
    assert (rights["readOnlyRootFilesystem"], rights["allowPrivilegeEscalation"]) == (True, False)
    assert rights["capabilities"] == {"drop": ["ALL"]}
    assert pod["automountServiceAccountToken"] is False


def test_probes_ask_what_is_answered() -> None:
    (container,) = manifest("StatefulSet")["spec"]["template"]["spec"]["containers"]
    probes = {name: container[f"{name}Probe"]["httpGet"] for name in ("startup", "liveness", "readiness")}
    assert {name: probe["path"] for name, probe in probes.items()} == {
        "startup": "/healthz",
        "liveness": "/healthz",
        "readiness": "/readyz",
    }
    assert {probe["port"] for probe in probes.values()} == {"http"}
    assert container["ports"] == [{"name": "http", "containerPort": 8080}]


def test_the_manifests_name_each_other() -> None:
    replicas = manifest("StatefulSet")["spec"]
    labels = replicas["template"]["metadata"]["labels"]
    for selector in (
        replicas["selector"]["matchLabels"],
        manifest("Service")["spec"]["selector"],
        manifest("PodDisruptionBudget")["spec"]["selector"]["matchLabels"],
    ):
        assert selector == labels
    pod = replicas["template"]["spec"]
    volumes = {
        one["name"] for one in (*pod["volumes"], *(t["metadata"] for t in replicas["volumeClaimTemplates"]))
    }
    assert {one["name"] for one in pod["containers"][0]["volumeMounts"]} == volumes
    (rule,) = manifest("Ingress")["spec"]["rules"]
    paths = {path["path"]: path["backend"]["service"]["name"] for path in rule["http"]["paths"]}
    assert paths == {"/telegram": "smsdesk", "/push/": "smsdesk"}


# --- Their configurations ----------------------------------------------------------------------------


def configurations() -> Iterator[tuple[str, str]]:
    yield "compose", (DEPLOY / "compose/smsdesk.toml").read_text("utf-8")
    yield "kubernetes", manifest("ConfigMap")["data"]["config.toml"]


@pytest.mark.parametrize(("place", "content"), tuple(configurations()))
def test_a_configuration_is_one(place: str, content: str, tmp_path: Path) -> None:
    """With the secrets in the files it names, and those are the ones that are handed in."""
    secrets = {
        "database.url": "postgresql://desk:a%20password@database/desk",
        "telegram.token": "123456:AAAA-token",
        "webhook.secret": "a-secret-of-16-letters-and-more",
    }
    folder = "/run/secrets/" if place == "compose" else "/run/secrets/smsdesk/"
    named = set(re.findall(rf'"{folder}([^"/]+)"', content))
    assert named == {*secrets, "smsdesk.key"}
    for name, secret in secrets.items():
        (tmp_path / name).write_text(secret)
    path = tmp_path / "config.toml"
    path.write_text(content.replace(folder, f"{tmp_path}/"), "utf-8")
    settings = load(path, {})
    assert (settings.telegram.mode, settings.web.listen, settings.log.format) == (
        "webhook",
        "0.0.0.0:8080",
        "json",
    )
    # The key file may be read-only there, so what was last seen is kept in the volume of the replica.
    assert settings.storage.seen_file == Path("/data/smsdesk.seen")
    assert tomllib.loads(content)["telegram"]["webhook_url"].endswith("/telegram")
