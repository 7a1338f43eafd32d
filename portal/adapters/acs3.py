"""Requests signed with ACS3-HMAC-SHA256 (Alibaba Cloud, "request syntax and signature method V3"): everything in the query."""

import hmac
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from hashlib import sha256
from typing import Final
from urllib.parse import quote

ALGORITHM: Final = "ACS3-HMAC-SHA256"
PATH: Final = "/"


@dataclass(frozen=True, slots=True)
class AccessKey:
    """Who asks."""

    id: str
    secret: str = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Act:
    """One call: ``host`` as it stands in the Host header; ``nonce`` never used before; no body."""

    host: str
    action: str
    version: str
    query: Mapping[str, str]
    at: datetime
    nonce: str

    @property
    def canonical_query(self) -> str:
        """Sorted by name, and quoted as RFC 3986 says: a blank is ``%20``."""
        return "&".join(
            f"{quote(name, safe='')}={quote(value, safe='')}" for name, value in sorted(self.query.items())
        )


def signed_headers(act: Act, key: AccessKey) -> dict[str, str]:
    """All headers that the call needs, ``Authorization`` with the signature among them."""
    headers = {
        "host": act.host,
        "x-acs-action": act.action,
        "x-acs-content-sha256": sha256(b"").hexdigest(),
        "x-acs-date": act.at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "x-acs-signature-nonce": act.nonce,
        "x-acs-version": act.version,
    }
    return {**headers, "Authorization": authorization(act.canonical_query, headers, key)}


def authorization(query: str, headers: Mapping[str, str], key: AccessKey) -> str:
    """``headers``: those that are signed, by their names in small letters."""
    names = ";".join(sorted(headers))
    lines = "".join(f"{name}:{headers[name].strip()}\n" for name in sorted(headers))
    request = "\n".join(["POST", PATH, query, lines, names, headers["x-acs-content-sha256"]])
    signed = f"{ALGORITHM}\n{sha256(request.encode()).hexdigest()}"
    signature = hmac.new(key.secret.encode(), signed.encode(), sha256).hexdigest()
    return f"{ALGORITHM} Credential={key.id},SignedHeaders={names},Signature={signature}"
