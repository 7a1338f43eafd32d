"""Security keys (WebAuthn, https://www.w3.org/TR/webauthn-3/), asked and checked by py_webauthn.

No attestation is asked for: who may have a key is decided by who is signed in, not by who made the key. What is asked for is that the key
itself makes sure who holds it (a PIN, a finger), so that a key is two factors by itself.
"""

from collections.abc import Sequence
from typing import Final

from webauthn import (
    generate_authentication_options,
    generate_registration_options,
    options_to_json,
    verify_authentication_response,
    verify_registration_response,
)
from webauthn.helpers import parse_authentication_credential_json
from webauthn.helpers.exceptions import WebAuthnException
from webauthn.helpers.structs import (
    AuthenticatorSelectionCriteria,
    PublicKeyCredentialDescriptor,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)

from portal.domain.errors import DomainError
from portal.services.ports import AskedKey, KeyOwner, KeySite, NewKey, ShownKey

_NAME: Final = "Repayment desk"
_LONGEST_ANSWER: Final = 20_000
_NO_ANSWER: Final = (WebAuthnException, ValueError, TypeError, KeyError, AttributeError, RecursionError)
"""What the library meets in a body that no key made: brackets within brackets by the thousand, lists where texts belong."""
_TIMEOUT_MS: Final = 120_000
_VERIFIED: Final = UserVerificationRequirement.REQUIRED


class WebAuthnKeys:
    """Any key with a PIN or finger that keeps whom it belongs to (a discoverable credential)."""

    def ask_new(self, site: KeySite, owner: KeyOwner, known: Sequence[bytes]) -> AskedKey:
        options = generate_registration_options(
            rp_id=site.host,
            rp_name=_NAME,
            user_id=owner.handle,
            user_name=owner.login,
            user_display_name=owner.name,
            timeout=_TIMEOUT_MS,
            exclude_credentials=[PublicKeyCredentialDescriptor(id=each) for each in known],
            authenticator_selection=AuthenticatorSelectionCriteria(
                resident_key=ResidentKeyRequirement.REQUIRED, user_verification=_VERIFIED
            ),
        )
        return AskedKey(options.challenge, options_to_json(options))

    def accept_new(self, site: KeySite, challenge: bytes, answer: str) -> NewKey:
        try:
            found = verify_registration_response(
                credential=_bounded(answer),
                expected_challenge=challenge,
                expected_rp_id=site.host,
                expected_origin=list(site.origins),
                require_user_verification=True,
            )
        except _NO_ANSWER as error:
            raise DomainError("key_not_accepted") from error
        return NewKey(found.credential_id, found.credential_public_key, found.sign_count)

    def ask_shown(self, site: KeySite) -> AskedKey:
        options = generate_authentication_options(
            rp_id=site.host, timeout=_TIMEOUT_MS, user_verification=_VERIFIED
        )
        return AskedKey(options.challenge, options_to_json(options))

    def named_in(self, answer: str) -> ShownKey | None:
        try:
            found = parse_authentication_credential_json(_bounded(answer))
        except _NO_ANSWER:
            return None
        return ShownKey(found.raw_id, found.response.user_handle)

    def count_if_good(
        self, site: KeySite, challenge: bytes, answer: str, *, public_key: bytes, sign_count: int
    ) -> int | None:
        try:
            found = verify_authentication_response(
                credential=_bounded(answer),
                expected_challenge=challenge,
                expected_rp_id=site.host,
                expected_origin=list(site.origins),
                credential_public_key=public_key,
                credential_current_sign_count=sign_count,
                require_user_verification=True,
            )
        except _NO_ANSWER:
            return None
        return found.new_sign_count


def _bounded(answer: str) -> str:
    """A real answer has some hundred characters."""
    if len(answer) > _LONGEST_ANSWER:
        raise ValueError("longer than any answer of a key")
    return answer
