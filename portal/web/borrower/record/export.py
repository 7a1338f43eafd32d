"""My record to take along (rule D02): a text that reads like the page, and everything as data. Either download is an event."""

import json
from collections.abc import Iterator

from flask import Response
from flask_babel import gettext

from portal.domain.masking import mask_mobile
from portal.i18n import InstantFormats
from portal.queries.own_data import own_data
from portal.queries.own_record import RecordLine, whole_record
from portal.services.own_record import record_export
from portal.web import writes
from portal.web.access import borrower_look
from portal.web.borrower.blueprint import blueprint
from portal.web.borrower.record.words import KINDS, details_of_line, text_of_line, who_of_line
from portal.web.people import BorrowerPerson


@blueprint.get("/record/record.txt")
@borrower_look
def record_text(person: BorrowerPerson) -> Response:
    lines = whole_record(writes.database(), person.id)
    body = "\r\n".join(_text(person, lines)) + "\r\n"
    record_export(writes.database(), person.actor, file_format="text", now=writes.now())
    return _file("\ufeff" + body, "text/plain", "record.txt")


@blueprint.get("/record/record.json")
@borrower_look
def record_json(person: BorrowerPerson) -> Response:
    session = writes.database()
    everything = {
        "made_at": writes.now().isoformat(),
        **own_data(session, person.id),
        "record": [_data(line) for line in whole_record(session, person.id)],
    }
    record_export(session, person.actor, file_format="json", now=writes.now())
    return _file(json.dumps(everything, ensure_ascii=False, indent=1), "application/json", "record.json")


def _text(person: BorrowerPerson, lines: Iterator[RecordLine]) -> Iterator[str]:
    moment = InstantFormats(writes.clock().zone).moment
    yield gettext("My record")
    yield f"{person.name}  {mask_mobile(person.mobile)}"
    yield gettext("As of %(moment)s", moment=moment(writes.now()))
    yield gettext("All times are those of %(zone)s.", zone=str(writes.clock().zone))
    for line in lines:
        yield ""
        yield f"{moment(line.at)}  {text_of_line(line)}"
        yield f"    {who_of_line(line)}"
        for term, value in details_of_line(line):
            yield f"    {term}{gettext(': ')}{value}"


def _data(line: RecordLine) -> dict[str, object]:
    return {
        "at": line.at.isoformat(),
        "event": line.name,
        "kind": line.kind.value,
        "about": str(KINDS[line.kind]),
        "text": text_of_line(line),
        "by": who_of_line(line),
        "loan": line.loan_ref,
        "proposal": line.proposal.reference if line.proposal else None,
        "fields": dict(line.fields),
    }


def _file(body: str, media_type: str, name: str) -> Response:
    answer = Response(body, mimetype=media_type)
    answer.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return answer
