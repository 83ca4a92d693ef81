"""Names as they are compared: databases fold the case of Latin letters only, or as their locale says."""


def folded(name: str) -> str:
    """Equal for names that people take for the same: case, blanks and Ё apart."""
    return " ".join(name.casefold().replace("ё", "е").split())
