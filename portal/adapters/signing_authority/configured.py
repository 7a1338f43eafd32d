"""The signing authority of this deployment: one by its address, or none, which is the default (level L1)."""

from collections.abc import Sequence

from portal.adapters.certificate_files import load_trust
from portal.config import Config
from portal.services.ports import SigningAuthority, TimeStamper


def signing_authority(config: Config, stamper: TimeStamper | None) -> SigningAuthority | None:
    """Raises ``signing_authority_trust_unusable`` where the certificates of a configured one cannot be read."""
    if not config.signing_authority_url:
        return None
    from portal.adapters.signing_authority.http_authority import HttpSigningAuthority  # noqa: PLC0415 - loads pyHanko

    return HttpSigningAuthority(
        config.signing_authority_url,
        signing_authority_trust(config),
        token=config.signing_authority_token,
        stamper=stamper,
    )


def signing_authority_trust(config: Config) -> Sequence[bytes]:
    """The certificates (DER) that borrowers' signatures are checked against, past authorities' included."""
    if config.signing_authority_trust is None:
        return ()
    return load_trust(config.signing_authority_trust, unusable="signing_authority_trust_unusable")
