"""Names of people, as one looks for them."""

import unicodedata


def folded_name(name: str) -> str:
    """The same for every way to type one name: width, case and blanks do not count."""
    return " ".join(unicodedata.normalize("NFKC", name).casefold().split())
