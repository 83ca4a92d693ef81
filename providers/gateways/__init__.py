"""The gateways this desk can use: one module each, and this one list of them."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel

from ..model import Capabilities, Charged, Gateway
from ..wire import Send
from . import devino_rest, devino_soap, sms_pager, smsc


@dataclass(frozen=True, slots=True, kw_only=True)
class Make:
    """How to make a gateway: its settings, what it can do, and its class."""

    config: type[BaseModel]
    capabilities: Capabilities
    gateway: Callable[[Any, Send], Gateway]


MODULES = (devino_rest, devino_soap, sms_pager, smsc)

KINDS: dict[str, Make] = {
    module.KIND: Make(config=module.Config, capabilities=module.CAPABILITIES, gateway=module.Gateway)
    for module in MODULES
}

# The reason dictionary: every code a gateway can give, and whether a message that met it was probably
# charged. The words for people stand in bot/texts/entries.*.ftl.
ENTRIES: dict[str, Charged] = {
    entry: charged for module in MODULES for entry, charged in module.ENTRIES.items()
}
