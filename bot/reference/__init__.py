"""Writes docs/reference from the code: `make docs` runs it, and a test holds the files to it."""

from collections.abc import Mapping
from pathlib import Path

from providers.gateways import MODULES

from . import chat, configuration, gateways, metrics, shell, states

ROOT = Path(__file__).parents[2]
EXAMPLE = ROOT / "config.example.toml"


def pages() -> Mapping[str, str]:
    """All pages by their path under docs/reference."""
    return {
        "chat.md": chat.commands(),
        "configuration.md": configuration.settings(EXAMPLE.read_text("utf-8")),
        "gateways.md": gateways.matrix(),
        **{f"gateways/{module.KIND}.md": gateways.gateway(module) for module in MODULES},
        "metrics.md": metrics.shown(),
        "shell.md": shell.shell(),
        "states.md": states.states(),
    }
