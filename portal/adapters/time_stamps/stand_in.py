"""A time-stamping authority for tests and the demo: real tokens (RFC 3161) of a key that nobody else trusts."""

import secrets
from collections.abc import Callable
from datetime import UTC, datetime
from hashlib import sha256

from asn1crypto import algos, cms, core, tsp, x509
from cryptography.hazmat.primitives.asymmetric.ec import ECDSA
from cryptography.hazmat.primitives.hashes import SHA256

from portal.adapters.time_stamps.exchange import new_nonce, time_stamp_request, token_in
from portal.adapters.time_stamps.stand_in_keys import NAME, StandInKeys

POLICY = "2.999.1"
"""An example arc: no authority's practice statement stands behind these."""

_SHA256 = algos.DigestAlgorithm({"algorithm": "sha256"})


class StandInTimeStamper:
    """See ``portal.services.ports.TimeStamper``; ``answer`` is the same for whoever asks over HTTP."""

    def __init__(self, keys: StandInKeys, now: Callable[[], datetime]) -> None:
        self._key = keys.key
        self._certificate = x509.Certificate.load(keys.certificate)
        self._now = now

    @property
    def name(self) -> str:
        return NAME

    def stamp(self, digest: bytes) -> bytes:
        nonce = new_nonce()
        return token_in(self.answer(time_stamp_request(digest, nonce)), nonce)

    def answer(self, request: bytes) -> bytes:
        """A response, DER, to a request, DER. Raises ``ValueError`` where the request cannot be read."""
        asked = tsp.TimeStampReq.load(request, strict=True)
        response = tsp.TimeStampResp(
            {"status": {"status": "granted"}, "time_stamp_token": self._token(self._stamped(asked))}
        )
        body: bytes = response.dump()
        return body

    def _stamped(self, asked: tsp.TimeStampReq) -> tsp.TSTInfo:
        return tsp.TSTInfo(
            {
                "version": "v1",
                "policy": POLICY,
                "message_imprint": asked["message_imprint"],
                "serial_number": secrets.randbits(63),
                "gen_time": self._now().astimezone(UTC).replace(microsecond=0),
                "nonce": asked["nonce"].native,
                "tsa": x509.GeneralName("directory_name", self._certificate.subject),
            }
        )

    def _token(self, stamped: tsp.TSTInfo) -> cms.ContentInfo:
        content = stamped.dump()
        signed = cms.SignedData(
            {
                "version": "v3",
                "digest_algorithms": [_SHA256],
                "encap_content_info": {
                    "content_type": "tst_info",
                    "content": core.ParsableOctetString(content),
                },
                "certificates": [self._certificate],
                "signer_infos": [self._signer(content)],
            }
        )
        return cms.ContentInfo({"content_type": "signed_data", "content": signed})

    def _signer(self, content: bytes) -> cms.SignerInfo:
        own = self._certificate
        attributes = cms.CMSAttributes(
            [
                {"type": "content_type", "values": ["tst_info"]},
                {"type": "message_digest", "values": [sha256(content).digest()]},
                {
                    "type": "signing_certificate_v2",
                    "values": [{"certs": [{"cert_hash": sha256(own.dump()).digest()}]}],
                },
            ]
        )
        issued = {"issuer": own.issuer, "serial_number": own.serial_number}
        return cms.SignerInfo(
            {
                "version": "v1",
                "sid": cms.SignerIdentifier("issuer_and_serial_number", issued),
                "digest_algorithm": _SHA256,
                "signed_attrs": attributes,
                "signature_algorithm": {"algorithm": "sha256_ecdsa"},
                "signature": self._key.sign(attributes.dump(), ECDSA(SHA256())),
            }
        )
