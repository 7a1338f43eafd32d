"""Codes of an authenticator app: six digits, 30 seconds, SHA-1, as every app has them."""

import secrets
import unicodedata
from datetime import datetime
from typing import Final

import pyotp

ISSUER: Final = "Repayment desk"
_SECONDS: Final = 30
_NEIGHBOURS: Final = (0, -1, 1)
_NOBODYS: Final = "A" * 32


class PyotpTimeCodes:
    """The step of now and one on either side: clocks of telephones are seldom further off."""

    def new_secret(self) -> str:
        return pyotp.random_base32()

    def matching_step(self, secret: str | None, code: str, at: datetime) -> int | None:
        """Every neighbour is tried, so that the time taken tells nothing."""
        totp = pyotp.TOTP(secret or _NOBODYS)
        plain = "".join(unicodedata.normalize("NFKC", code).split())
        now = int(at.timestamp()) // _SECONDS
        matching = [
            now + away
            for away in _NEIGHBOURS
            if secrets.compare_digest(totp.generate_otp(now + away).encode(), plain.encode())
        ]
        return matching[0] if matching and secret is not None else None

    def code_at(self, secret: str, at: datetime) -> str:
        return pyotp.TOTP(secret).generate_otp(int(at.timestamp()) // _SECONDS)

    def address(self, secret: str, *, login: str) -> str:
        return pyotp.TOTP(secret).provisioning_uri(name=login, issuer_name=ISSUER)
