"""`python -m bot.reference docs/reference`: writes the pages into that folder."""

import sys
from pathlib import Path

from . import pages


def main(folder: Path) -> None:
    for name, text in pages().items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
