"""How updates reach the bot: getUpdates, or a webhook (`sandbox.telegram.calling`)."""

from typing import Any
from urllib.parse import urlsplit

from sandbox.telegram.errors import TERMINATED_BY_WEBHOOK, WEBHOOK_IS_ACTIVE, bad_request, conflict
from sandbox.telegram.parameters import Parameters
from sandbox.telegram.updates import Update
from sandbox.telegram.world import World

_TIMEOUT_MAX = 50  # seconds


async def get_updates(world: World, call: Parameters) -> list[Update]:
    if world.webhook:
        raise conflict(WEBHOOK_IS_ACTIVE)
    _remember_allowed(world, call)
    limit = min(max(call.integer("limit", 100), 1), 100)
    timeout = min(max(call.integer("timeout"), 0), _TIMEOUT_MAX)
    world.changes.ring()  # somebody polls, or leaves: that alone can be waited for
    try:
        return await world.updates.poll(call.integer("offset"), limit, timeout)
    finally:
        world.changes.ring()


def set_webhook(world: World, call: Parameters) -> bool:
    url = call.text("url")
    if not url:
        return delete_webhook(world, call)
    if not url.startswith("https://") and urlsplit(url).hostname not in {"127.0.0.1", "localhost"}:
        raise bad_request("bad webhook: An HTTPS URL must be provided for webhook")
    _remember_allowed(world, call)
    if call.boolean("drop_pending_updates"):
        world.updates.clear()
    world.webhook = {
        "url": url,
        "secret_token": call.text("secret_token"),
        "max_connections": call.integer("max_connections", 40),
        "has_custom_certificate": "certificate" in call.uploads,
    }
    world.updates.end_poll(TERMINATED_BY_WEBHOOK)
    world.changes.ring()
    return True


def delete_webhook(world: World, call: Parameters) -> bool:
    world.webhook = {}
    if call.boolean("drop_pending_updates"):
        world.updates.clear()
    return True


def get_webhook_info(world: World, call: Parameters) -> dict[str, Any]:
    shown = {key: value for key, value in world.webhook.items() if key != "secret_token"}
    info: dict[str, Any] = {
        "url": "",
        "has_custom_certificate": False,
        "pending_update_count": len(world.updates.pending),
        **shown,
    }
    if world.updates.allowed is not None:
        info["allowed_updates"] = world.updates.allowed
    return info


def _remember_allowed(world: World, call: Parameters) -> None:
    """Without the parameter the last setting holds: a trap for bots that once asked for less."""
    allowed = call.json("allowed_updates")
    if isinstance(allowed, list):
        world.updates.allow(str(kind) for kind in allowed)
