"""ID numbers of the invented cast, as staff type them and as a book hashes them."""

import hashlib

ID_NUMBER = "110105199003071028"
"""With the check digit that its others give."""
ANOTHER_ID = "310101198805124571"


def id_hash(number: str) -> str:
    return hashlib.sha256(number.encode()).hexdigest()
