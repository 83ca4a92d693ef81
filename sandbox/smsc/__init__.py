"""The stand-in of SMSC (smsc.ru and its sisters): all its scripts that a desk needs (seed 003, sheet)."""

from sandbox.smsc.server import SmscServer

__all__ = ["SmscServer"]
