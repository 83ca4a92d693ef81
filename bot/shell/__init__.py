"""`smsdesk gateway`: every operation of a gateway from a shell."""

from .commands import gateway

__all__ = ["gateway"]
