"""What signatures and time stamps are checked against: certificates of seals, of signing authorities, of time-stamping authorities."""

from collections.abc import Sequence
from dataclasses import dataclass

from portal.adapters.seal_keys import SealCertificate, load_certificates, seal_key_path
from portal.adapters.signing_authority.configured import signing_authority_trust
from portal.adapters.time_stamps.configured import time_stamp_trust
from portal.config import Config


@dataclass(frozen=True, slots=True)
class SealTrust:
    """Certificates, DER. An empty group means that its signatures cannot be judged here, not that they are wrong."""

    seals: Sequence[SealCertificate] = ()
    authorities: Sequence[bytes] = ()
    time_stamps: Sequence[bytes] = ()

    @property
    def seal_roots(self) -> Sequence[bytes]:
        return tuple(seal.certificate for seal in self.seals)

    def seal_certificate(self, fingerprint: str) -> SealCertificate | None:
        return next((seal for seal in self.seals if seal.fingerprint == fingerprint), None)


def seal_trust(config: Config) -> SealTrust:
    """What this deployment trusts; its files are read anew each time, so that a changed one counts at once."""
    return SealTrust(
        seals=load_certificates(seal_key_path(config)),
        authorities=signing_authority_trust(config),
        time_stamps=time_stamp_trust(config),
    )
