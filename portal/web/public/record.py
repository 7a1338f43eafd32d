"""The record's newest checkpoint and the keys that sign them: at a stable address, for whoever keeps copies."""

from flask import Response, abort

from portal.adapters.checkpoint_files import checkpoint_folder
from portal.adapters.record_keys import load_public_keys, record_key_path
from portal.web import writes
from portal.web.access import public_page
from portal.web.public.blueprint import blueprint


@blueprint.get("/record/checkpoint")
@public_page
def checkpoint() -> Response:
    """The newest note as it was signed (C2SP ``tlog-checkpoint``); 404 before the first."""
    note = checkpoint_folder(writes.portal().config).latest()
    if note is None:
        abort(404)
    return _plain(note)


@blueprint.get("/record/keys")
@public_page
def record_keys() -> Response:
    """One public key a line, past ones included (C2SP ``signed-note``); 404 before the first."""
    keys = load_public_keys(record_key_path(writes.portal().config))
    if not keys:
        abort(404)
    return _plain("".join(f"{key}\n" for key in keys))


def _plain(text: str) -> Response:
    return Response(text, mimetype="text/plain")
