"""A request understood, and an answer: what a stand-in gateway and its HTTP server say to each other."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from sandbox.faults import Refusal

Parameters = dict[str, Any]

NO_IDS = re.compile(rb"(?!)")


@dataclass(frozen=True, slots=True)
class Reply:
    """An HTTP answer. `content_type` goes out as it stands, charset label included, right or wrong."""

    body: bytes
    content_type: str
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)


TOO_MANY_REQUESTS = Reply(b"Too Many Requests", "text/plain", 429, {"Retry-After": "1"})
NOT_FOUND = Reply(b"<html><body><h1>404 Not Found</h1></body></html>", "text/html", 404)


@dataclass(frozen=True, slots=True)
class Call:
    """A request understood but not yet acted on. `content_type`: of a normal reply of this gateway.

    `ids` finds the ids in a reply, each with what stands around it; its group `id` is the bare one.
    """

    operation: str
    parameters: Parameters
    content_type: str
    process: Callable[[], Reply]
    refuse: Callable[[Refusal], Reply]
    ids: re.Pattern[bytes] = NO_IDS
