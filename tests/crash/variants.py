"""Bad variants of our own code."""
VARIANTS = {}
