"""jobs.php: campaigns that SMSC keeps itself (section 7). What it says of one is documented nowhere."""

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal

from ...faces import Job
from ...model import Submission
from ...wire import HttpRequest, HttpResponse, as_decimal, unreadable
from .config import Config
from .reply import DATE, read, read_done, read_list, read_sending, word
from .request import Pairs, identical, post
from .sending import message

SCRIPT = "jobs"


def build_jobs(config: Config, since: datetime | None, until: datetime | None) -> HttpRequest:
    days = [("start", since), ("end", until)]
    limits = [(name, day.astimezone(config.zone).strftime(DATE)) for name, day in days if day is not None]
    return _post(config, "get_all", limits)


def build_job(config: Config, job_id: str) -> HttpRequest:
    return _post(config, "get", [("id", job_id)])


def build_add(config: Config, name: str, submission: Submission) -> HttpRequest:
    """`cost=1` creates and tells the price; in send.php it would send nothing (section 13.2)."""
    return _post(config, "add", [("name", name), ("cost", "1"), *message(submission)], submits=True)


def build_pause(config: Config, job_id: str) -> HttpRequest:
    return _post(config, "cancel", [("id", job_id)])


def build_delete(config: Config, job_id: str) -> HttpRequest:
    return _post(config, "del", [("id", job_id)])


def _post(config: Config, command: str, pairs: Pairs, *, submits: bool = False) -> HttpRequest:
    asked = [(command, "1"), *pairs]
    once = identical(config, SCRIPT, asked)
    return post(config, f"jobs.{command}", SCRIPT, asked, submits=submits, pace=once)


def parse_jobs(response: HttpResponse) -> list[Job]:
    return [_job(item, job_id) for item in read_list(response, SCRIPT) if (job_id := word(item.get("id")))]


def parse_job(response: HttpResponse, job_id: str) -> Job:
    """An object, or an array with it alone."""
    value = read(response, SCRIPT)
    items = value if isinstance(value, list) else [value]
    if len(items) != 1 or not isinstance(items[0], dict) or not items[0]:
        raise unreadable(response, "not one campaign")
    return _job(items[0], word(items[0].get("id")) or job_id)


def _job(item: Mapping[str, object], job_id: str) -> Job:
    said = {name: written for name, value in item.items() if (written := _written(value)) is not None}
    return Job(id=job_id, details={name: written for name, written in said.items() if name != "id"})


def _written(value: object) -> str | None:
    return str(value) if isinstance(value, Decimal) else word(value)


def parse_add(response: HttpResponse) -> tuple[str, Decimal | None]:
    value = read_sending(response, SCRIPT)
    job_id = word(value.get("id"))
    if job_id is None:
        raise unreadable(response, "no id")
    return job_id, as_decimal(value.get("cost"))


def parse_done(response: HttpResponse) -> None:
    read_done(response, SCRIPT)
