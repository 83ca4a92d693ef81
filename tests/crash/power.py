"""What a disk may hold after a power cut, made up from the record of a `shadow`."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from random import Random

from .shadow import Step

SECTOR = 512  # bytes that reach the disk together


def after_cut(before: Mapping[str, bytes], steps: Sequence[Step], random: Random | None) -> dict[str, bytes]:
    """The files after these steps: what was synced, and of the rest what `random` lets through.

    Without `random` all of it: the files as the running system sees them. `before`: what they held at first.
    """
    files = {name: bytearray(content) for name, content in before.items()}
    synced = {step.name: at for at, step in enumerate(steps) if step.what == "sync"}
    for at, step in enumerate(steps):
        if step.what == "passed":
            continue
        if random is None or at < synced.get(step.name, -1):
            _do(files, step)
        elif random.random() < 0.5:
            _do(files, step if random.random() < 0.5 else _torn(step, random))
    return {name: bytes(content) for name, content in files.items()}


def _torn(step: Step, random: Random) -> Step:
    """A write of which only the first sectors have arrived."""
    if step.what != "write":
        return step
    whole = random.randrange(len(step.data) // SECTOR + 1) * SECTOR
    return Step("write", step.name, step.at, step.data[:whole])


def _do(files: dict[str, bytearray], step: Step) -> None:
    if step.what == "remove":
        files.pop(step.name, None)
        return
    content = files.setdefault(step.name, bytearray())
    if step.what == "write":
        if len(content) < step.at:
            content.extend(bytes(step.at - len(content)))
        content[step.at : step.at + len(step.data)] = step.data
    elif step.what == "truncate":
        del content[step.at :]


def lay_out(files: Mapping[str, bytes], folder: Path) -> None:
    """Put the files of a database into an empty folder, all but the index of the log, which no disk keeps."""
    folder.mkdir()
    for name, content in files.items():
        if not name.endswith("-shm"):
            (folder / name).write_bytes(content)
