"""The gateways this desk can use: one module each, and this one list of them."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel

from ..model import Capabilities, Gateway
from ..wire import Send
from . import devino_rest, devino_soap, sms_pager, smsc


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """How to make a gateway: its settings, what it can do, and its class."""

    config: type[BaseModel]
    capabilities: Capabilities
    gateway: Callable[[Any, Send], Gateway]


KINDS: dict[str, Kind] = {
    module.KIND: Kind(config=module.Config, capabilities=module.CAPABILITIES, gateway=module.Gateway)
    for module in (devino_rest, devino_soap, sms_pager, smsc)
}
