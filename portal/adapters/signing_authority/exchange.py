"""What a signing authority is asked, and what it answers: a digest and a name go out, a detached signature comes back.

The document itself stays here. A provider with another format gets an adapter beside ``http_authority``; the port stays the same.
"""

import json
from dataclasses import asdict, dataclass

SENDS = "application/json"
TAKES = "application/pkcs7-signature"


@dataclass(frozen=True, slots=True)
class SigningRequest:
    """``digest`` is SHA-256, hexadecimal; ``reference`` the agreement's number, the same when it is asked again."""

    digest: str
    name: str
    id_last4: str
    reference: str
    algorithm: str = "sha256"

    def as_json(self) -> bytes:
        return json.dumps(asdict(self), ensure_ascii=False).encode()

    @classmethod
    def from_json(cls, body: bytes) -> "SigningRequest":
        """Raises ``ValueError`` for what is no such request."""
        data = json.loads(body)
        if not isinstance(data, dict):
            raise ValueError("no request")  # noqa: TRY004 - unreadable is unreadable
        try:
            request = cls(**{str(name): str(value) for name, value in data.items()})
        except TypeError as error:
            raise ValueError(str(error)) from error
        if request.algorithm != "sha256" or len(bytes.fromhex(request.digest)) != 32 or not request.name:
            raise ValueError("a SHA-256 digest and a name are needed")
        return request
