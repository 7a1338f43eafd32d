"""The record's newest checkpoint, the keys that sign, and how the record stands: at stable addresses, for whoever keeps copies."""

from flask import Response, abort

from portal.adapters.checkpoint_copies import checkpoint_store
from portal.adapters.evidence.files import CHECKER, checker_source
from portal.adapters.record_keys import load_trusted_keys, record_key_path
from portal.adapters.record_standing import current_standing
from portal.web import writes
from portal.web.access import public_page
from portal.web.addresses import outside_address
from portal.web.public.blueprint import blueprint


@blueprint.get("/record/checkpoint")
@public_page
def checkpoint() -> Response:
    """The newest note as it was signed (C2SP ``tlog-checkpoint``); 404 before the first."""
    note = checkpoint_store(writes.portal().config).latest()
    if note is None:
        abort(404)
    return _plain(note)


@blueprint.get("/record/keys")
@public_page
def record_keys() -> Response:
    """One public key a line (C2SP ``signed-note``), past ones with the size that they signed up to; 404 before the first."""
    keys = load_trusted_keys(record_key_path(writes.portal().config))
    if not keys:
        abort(404)
    return _plain("".join(f"{key}\n" for key in keys))


@blueprint.get("/record/checkpoints/<int:size>")
@public_page
def checkpoint_of(size: int) -> Response:
    """The note that signs for so many events, at an address that never changes what it says; 404 where there is none."""
    note = checkpoint_store(writes.portal().config).note(size)
    if note is None:
        abort(404)
    return _plain(note)


@blueprint.get("/record/checkpoints/<int:size>/time-stamp")
@public_page
def time_stamp_of(size: int) -> Response:
    """What a time stamping authority said of that note (RFC 3161, a token in DER over its SHA-256); 404 where none was asked."""
    token = checkpoint_store(writes.portal().config).stamp(size)
    if token is None:
        abort(404)
    return Response(token, mimetype="application/timestamp-token")


@blueprint.get("/record/time-stamps")
@public_page
def time_stamps() -> Response:
    """The addresses of all time stamps, one a line, the newest last."""
    sizes = checkpoint_store(writes.portal().config).stamped()
    return _plain("".join(f"{outside_address('public.time_stamp_of', size=size)}\n" for size in sizes))


@blueprint.get("/check/check_agreement.py")
@public_page
def checker() -> Response:
    """The program that goes through the evidence of an agreement without asking anybody."""
    response = Response(checker_source(), mimetype="text/x-python")
    response.headers["Content-Disposition"] = f'attachment; filename="{CHECKER}"'
    return response


@blueprint.get("/record/health")
@public_page
def record_health() -> tuple[dict[str, str | int], int]:
    """For whoever watches over the portal: 503 while events wait too long for a checkpoint, or a keeper found the record broken."""
    portal = writes.portal()
    found = current_standing(writes.database(), portal.config, portal.clock.now())
    said: dict[str, str | int] = {
        "status": found.state.value,
        "covered": found.covered,
        "uncovered": found.uncovered,
        "seconds": found.seconds,
    }
    return said, 503 if found.is_alarming else 200


def _plain(text: str) -> Response:
    return Response(text, mimetype="text/plain")
