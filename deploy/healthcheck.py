"""The HEALTHCHECK of the container: exit 0 when smsdesk answers that it is alive.

    python healthcheck.py /data/config.toml

It reads the one setting it needs by itself: to load all of smsdesk twice a minute would cost more than the
answer is worth.
"""

import http.client
import os
import sys
import tomllib
from collections.abc import Mapping
from pathlib import Path

LISTEN = "127.0.0.1:8080"  # web.listen where nobody set it
TIMEOUT = 3.0  # seconds


def listen(config: Path, environ: Mapping[str, str]) -> str:
    """web.listen as smsdesk takes it: of the environment, the file, the default; "" is nowhere."""
    given = environ.get("SMSDESK_WEB__LISTEN")
    if given is None:
        given = tomllib.loads(config.read_bytes().decode("utf-8-sig")).get("web", {}).get("listen", LISTEN)
    return str(given)


def alive(address: str) -> bool:
    """Whether /healthz answers 200 there. Raises OSError or HTTPException where nothing does."""
    host, _, port = address.rpartition(":")
    connection = http.client.HTTPConnection(host.strip("[]"), int(port), timeout=TIMEOUT)
    try:
        connection.request("GET", "/healthz")
        return connection.getresponse().status == 200
    finally:
        connection.close()


def main() -> int:
    address = listen(Path(sys.argv[1]), os.environ)
    # Where it listens nowhere there is nobody to ask; a process that died ends the container anyway.
    return 0 if not address or alive(address) else 1


if __name__ == "__main__":
    sys.exit(main())
