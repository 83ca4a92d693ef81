"""What can be typed after every command of the program."""

from pathlib import Path

import click

CONFIG = click.option(
    "--config",
    "config",
    type=click.Path(dir_okay=False, path_type=Path),
    required=True,
    envvar="SMSDESK_CONFIG",
    help="The TOML file; config.example.toml shows every key.",
)
