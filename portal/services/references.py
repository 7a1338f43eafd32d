"""Ids for addresses and numbers for the telephone, from the operating system's randomness."""

import secrets

_SPOKEN = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"


def new_public_id() -> str:
    """128 random bits for an address: says nothing, opens nothing without its owner."""
    return secrets.token_hex(16)


def new_reference(prefix: str) -> str:
    """A number to read out: the prefix and eight characters without look-alikes (about 39 bits; unique in the table)."""
    return prefix + "".join(secrets.choice(_SPOKEN) for _ in range(8))
