"""What goes to a time-stamping authority and what comes back (RFC 3161), as bytes."""

import secrets

from asn1crypto import algos, cms, core, tsp

from portal.domain.errors import DomainError

SENDS = "application/timestamp-query"
TAKES = "application/timestamp-reply"
GRANTED = {"granted", "granted_with_mods"}


class _Response(core.Sequence):
    """As in RFC 3161: a refusal carries no token, which the library's own class insists on."""

    _fields = [  # noqa: RUF012 - the library rewrites it in place
        ("status", tsp.PKIStatusInfo),
        ("time_stamp_token", cms.ContentInfo, {"optional": True}),
    ]


def new_nonce() -> int:
    return secrets.randbits(63)


def time_stamp_request(digest: bytes, nonce: int) -> bytes:
    """A request, DER, for a SHA-256 digest; the authority's certificate is asked for too."""
    algorithm = algos.DigestAlgorithm({"algorithm": "sha256"})
    request = tsp.TimeStampReq(
        {
            "version": "v1",
            "message_imprint": {"hash_algorithm": algorithm, "hashed_message": digest},
            "nonce": nonce,
            "cert_req": True,
        }
    )
    body: bytes = request.dump()
    return body


def token_in(response: bytes, nonce: int) -> bytes:
    """The token, DER, of a response that grants one to this request; ``time_stamp_failed`` for any other. The token is not checked here."""
    try:
        parsed = _Response.load(response, strict=True)
        status = parsed["status"]["status"].native
        if status not in GRANTED:
            raise DomainError("time_stamp_failed", reason=f"refused ({status})")
        token = parsed["time_stamp_token"]
        answered = _stamped(token)["nonce"].native
        body: bytes = token.dump()
    except (ValueError, TypeError, KeyError) as error:
        raise DomainError("time_stamp_failed", reason="the answer cannot be read") from error
    if answered != nonce:
        raise DomainError("time_stamp_failed", reason="the answer is to another request")
    return body


def _stamped(token: cms.ContentInfo) -> tsp.TSTInfo:
    if token["content_type"].native != "signed_data":
        raise ValueError("no signed data")
    stamped = token["content"]["encap_content_info"]["content"].parsed
    if not isinstance(stamped, tsp.TSTInfo):
        raise ValueError("no time stamp")  # noqa: TRY004 - unreadable is unreadable
    return stamped
