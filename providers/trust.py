"""Whom HTTPS trusts: the usual authorities of the machine, or one of its owner's."""

import ssl
from functools import cache
from pathlib import Path


def trust(ca_file: Path | None) -> ssl.SSLContext:
    """What the certificate of a peer is checked by. `ca_file`: PEM, in the place of the usual authorities.

    Raises OSError, ssl.SSLError for a file that cannot be read or holds no certificate.
    """
    return _usual() if ca_file is None else ssl.create_default_context(cafile=str(ca_file))


@cache
def _usual() -> ssl.SSLContext:
    """One for all connections: reading the list takes 30 ms, and each gateway and Telegram want it."""
    return ssl.create_default_context()
