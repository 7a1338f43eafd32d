"""Masking of personal data (rule D03): the last four characters and no more."""


def mask_mobile(mobile: str) -> str:
    """``+8613800001234`` as ``138****1234``: recognisable to its owner, useless to others."""
    digits = mobile.removeprefix("+86")
    return f"{digits[:3]}****{digits[-4:]}" if len(digits) >= 11 else f"****{digits[-4:]}"


def mask_name(name: str) -> str:
    """The first character and stars."""
    return name[:1] + "*" * max(1, len(name) - 1)


def mask_account(number: str) -> str:
    return f"**** {number[-4:]}"
