"""All that lasts, and the only code that knows SQL."""
