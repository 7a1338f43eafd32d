"""A signing authority that is asked over HTTP, and believed only as far as its answer can be checked."""

from collections.abc import Sequence
from typing import Final

from portal.adapters.certificate_files import fingerprint_of, name_in
from portal.adapters.outside_calls import OutsideCallError, post
from portal.adapters.seal_checks import check_signatures
from portal.adapters.seal_trust import SealTrust
from portal.adapters.signature_fields import sign_field, with_time_stamp
from portal.adapters.signing_authority.exchange import SENDS, TAKES, SigningRequest
from portal.domain.errors import DomainError
from portal.domain.evidence import SealDescription, SealKind
from portal.services.ports import SigningIdentity, TimeStamper

SECONDS: Final = 20.0
LARGEST: Final = 64 << 10


class HttpSigningAuthority:
    """See ``portal.services.ports.SigningAuthority``: signs the field of whom the identity names."""

    def __init__(
        self,
        url: str,
        trust: Sequence[bytes],
        *,
        token: str = "",
        stamper: TimeStamper | None = None,
        seconds: float = SECONDS,
    ) -> None:
        self._url, self._trust, self._token = url, trust, token
        self._stamper, self._seconds = stamper, seconds

    @property
    def description(self) -> SealDescription:
        """The first of the certificates that are trusted speaks for the authority."""
        root = self._trust[0]
        return SealDescription(
            kind=SealKind.LICENSED_CA, certificate_sha256=fingerprint_of(root), name=name_in(root)
        )

    def sign(self, document: bytes, field: str, identity: SigningIdentity) -> bytes:
        def asked(digest: bytes) -> bytes:
            return self._asked(digest, identity)

        try:
            signed = sign_field(document, field, identity, asked, is_only=False)
        except (ValueError, TypeError, KeyError) as error:
            raise DomainError("signing_failed", reason="the answer cannot be read") from error
        self._refuse_wrong(signed, field, identity)
        return signed

    def _asked(self, digest: bytes, identity: SigningIdentity) -> bytes:
        request = SigningRequest(digest.hex(), identity.name, identity.id_last4, identity.reference)
        try:
            signature = post(
                self._url,
                request.as_json(),
                sends=SENDS,
                takes=TAKES,
                seconds=self._seconds,
                most_bytes=LARGEST,
                secret=self._token,
            )
        except OutsideCallError as error:
            raise DomainError("signing_failed", reason=str(error)) from error
        return with_time_stamp(signature, self._stamper)

    def _refuse_wrong(self, signed: bytes, field: str, identity: SigningIdentity) -> None:
        """What came back must be a signature of these bytes, by this authority, in the name that was asked for."""
        found = [
            each
            for each in check_signatures(signed, SealTrust(authorities=self._trust))
            if each.field == field
        ]
        if not (found and found[-1].is_intact and found[-1].covers_all):
            raise DomainError("signing_failed", reason="the answer is no signature of this document")
        if not found[-1].is_trusted:
            raise DomainError("signing_failed", reason="no authority that is trusted here signed")
        if identity.name not in found[-1].signer:
            raise DomainError("signing_failed", reason="the certificate names somebody else")
