"""Masking of personal data (rule D03): the last four characters and no more. Nothing else masks: pages, documents, files, messages."""


def mask_mobile(mobile: str) -> str:
    """``+8613800001234`` as ``138****1234``: recognisable to its owner, useless to others."""
    digits = mobile.removeprefix("+86")
    return f"{digits[:3] if len(digits) >= 11 else ''}****{last_four(digits)}"


def mask_name(name: str) -> str:
    """The first character and stars."""
    return name[:1] + "*" * max(1, len(name) - 1)


def mask_account(number: str) -> str:
    return f"**** {last_four(number)}"


def last_four(number: str) -> str:
    """What is kept beside a number's hash, and said of it in messages."""
    return number[-4:]


def mask_secret(text: str) -> str:
    """Something that should not have been written down: enough to find it in one's own note."""
    return f"…{last_four(text).upper()}"
