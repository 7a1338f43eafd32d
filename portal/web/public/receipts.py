"""What the vendor of text messages tells us afterwards. The address carries a key that nobody else has; no page leads here."""

import hmac

import structlog
from flask import abort, request

from portal.adapters.vendor_receipts import ANSWER, LARGEST, Pushed, read_pushed
from portal.services.receipts import Noted, ask_to_stop, note_receipt
from portal.web import writes
from portal.web.access import public_page
from portal.web.public.blueprint import blueprint
from portal.web.signed_in import visitor

log = structlog.get_logger()


@blueprint.post("/receipts/sms/<key>")
@public_page
def sms_receipts(key: str) -> dict[str, object]:
    """A push of the vendor's. The same one twice changes nothing the second time."""
    ours = writes.portal().config.receipts_key
    if not ours or not hmac.compare_digest(key.encode(), ours.encode()):
        abort(404)
    if (request.content_length or 0) > LARGEST:
        abort(413)
    body = request.get_data()
    try:
        pushed = read_pushed(body)
    except ValueError as error:
        log.warning("receipts_refused", why=type(error).__name__, bytes=len(body))
        abort(400)
    _keep(pushed)
    return dict(ANSWER)


def _keep(pushed: Pushed) -> None:
    session, now = writes.database(), writes.now()
    noted = [
        note_receipt(session, visitor(), receipt=receipt, now=now)
        for receipt in sorted(pushed.receipts, key=lambda receipt: receipt.key)
    ]
    for mobile in pushed.stops:
        ask_to_stop(session, visitor(), mobile=mobile, now=now)
    if pushed.unread or Noted.UNKNOWN in noted:
        log.warning("receipts_unknown", unknown=noted.count(Noted.UNKNOWN), unread=pushed.unread)
