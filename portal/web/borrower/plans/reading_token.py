"""How long the page has been read, in a signed token that the page carries: the server measures, and keeps nothing for it."""

from datetime import datetime
from hashlib import sha256

from itsdangerous import BadData, URLSafeSerializer

from portal.domain.reading import Reading
from portal.web import writes


def token_of(reading: Reading, content_hash: str) -> str:
    """Good for this version of the text alone."""
    since = None if reading.since is None else reading.since.isoformat()
    return _serializer(content_hash).dumps([reading.counted, since])


def reading_in(token: str, content_hash: str) -> Reading | None:
    """None where the token is not ours, or is another text's."""
    try:
        counted, since = _serializer(content_hash).loads(token)
        return Reading(int(counted), None if since is None else datetime.fromisoformat(since))
    except (BadData, TypeError, ValueError):
        return None


def _serializer(content_hash: str) -> URLSafeSerializer:
    return URLSafeSerializer(
        writes.portal().config.secret_key,
        salt=f"reading {content_hash}",
        signer_kwargs={"digest_method": sha256},
    )
