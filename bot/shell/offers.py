"""Which operations a gateway has: what it says of itself, and which faces it has. Pure."""

from collections.abc import Callable, Mapping

from providers.faces import faces
from providers.model import Capabilities

# Which face of a gateway an operation needs. What each gateway has, it may still be unable to do.
FACE = {
    "inbox": "inbox",
    "stats": "statistics",
    **dict.fromkeys(
        ("senders", "sender-add", "sender-change", "sender-code", "sender-confirm", "sender-delete"),
        "senders",
    ),
    "history": "history",
    "forget": "forget",
    **dict.fromkeys(("templates", "template-add", "template-change", "template-delete"), "templates"),
    **dict.fromkeys(("jobs", "job", "job-add", "job-pause", "job-delete"), "jobs"),
    "prices": "prices",
    "push": "push",
}
CORE: Mapping[str, Callable[[Capabilities], bool]] = {
    "quote": lambda can: can.quote,
    "cancel": lambda can: can.cancel,
}


def has(gateway: type, can: Capabilities, operation: str) -> bool:
    """Whether gateways of this class have this operation, a command of the shell."""
    if operation in CORE:
        return CORE[operation](can)
    return operation not in FACE or FACE[operation] in faces(gateway)
