"""What each event says and whom it is about: a borrower reads of it, a loan's clock runs by it, a proof counts it only where it says so."""

import re
from collections.abc import Iterator, Mapping
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.models import Attachment, Base, Event, Loan, Message, Proposal

_BORROWER: Final = ("borrower_id",)
_LOAN: Final = (*_BORROWER, "loan_id")
_PLAN: Final = (*_LOAN, "proposal_id")
ABOUT: Final = {
    **dict.fromkeys(("plan:", "agreement:", "decision:", "case:"), _PLAN),
    **dict.fromkeys(("case:opened", "case:taken_down"), _BORROWER),
    **dict.fromkeys(("case:searched", "service:searched"), ()),
    **dict.fromkeys(("hold:", "call:", "limitation:", "loan:"), _LOAN),
    **dict.fromkeys(("hold:looked_at", "hold:act_refused"), _BORROWER),
    **dict.fromkeys(
        (
            *("consent:", "wishes:", "representative:", "budget:", "email:", "data:", "legal_hold:"),
            *("service:", "correction:", "message:", "thread:", "attachment:"),
        ),
        _BORROWER,
    ),
}
"""By the name of an event or its first word."""

NAMED: Final = {
    **dict.fromkeys(("thread_id", "attachment_id"), Base.metadata.tables["thread"]),
    "case_id": Base.metadata.tables["service_case"],
    "task_id": Base.metadata.tables["call_task"],
}
"""By a detail: where else stands whose it is, and of which loan and plan; of a file, at its thread."""
MAY_BE_NONE: Final = frozenset(
    {
        *(("loan:stage_moved", "from_stage"), ("loan:stage_moved", "to_stage")),
        *(("loan:bucket_moved", "from_bucket"), ("loan:bucket_moved", "to_bucket")),
        ("call:opened", "override_id"),
        ("call:ended", "outcome"),
        *(("policy:proposed", "share_pct"), ("policy:approved", "share_pct")),
        ("call:promised", "amount_minor"),
        ("view:default_set", "view_id"),
    }
)
"""What an event does not have in each case."""
_DAY: Final = r"\d{4}-\d\d-\d\d"
_MOMENT: Final = rf"{_DAY}T[\d:.]+[+-]\d\d:\d\d"
_CODE: Final = r"[a-z][a-z0-9_]*"
_HASH: Final = r"[0-9a-f]{64}"
_VERSION: Final = r"[0-9][\w.-]*"
WRITTEN: Final[Mapping[str, str]] = {
    **dict.fromkeys(("content_hash", "document_hash", "words_hash", "body_digest", "result_digest"), _HASH),
    **dict.fromkeys(("sha256", "manifest_sha256"), _HASH),
    **dict.fromkeys(("from_at", "until_at", "signable_at", "goes_out_at", "began_at"), _MOMENT),
    **dict.fromkeys(("promised_by", "deadline_at"), _MOMENT),
    **dict.fromkeys(("as_of", "on", "former_until", "from_day", "business_date", "cure_until"), _DAY),
    **dict.fromkeys(("contract_from", "contract_to"), _DAY),
    **dict.fromkeys(("until", "due_on", "before"), rf"({_DAY}|{_MOMENT}|[\d.]*)"),
    "told_on": rf"({_DAY})?",
    **dict.fromkeys(("policy_version", "text_version"), _VERSION),
    "follows": r"[\w.-]+",
    "calendar_version": r"[\w-]+",
    "currency": r"[A-Z]{3}",
    **dict.fromkeys(("from_bucket", "to_bucket"), r"(current|M[1-4]\+?|S\d)"),
    **dict.fromkeys(("reference", "replaces"), r"[A-Z][0-9A-Z]{8,}"),
    "rule": r"[A-Z]\d\d[a-z]?|[a-z_]+",
    "staff_number": r"\d+",
    "pct": r"[\d.]+",
    "media_type": r"[a-z]+/[a-z.+-]+",
    "endpoint": r"[a-z_.]+",
    **dict.fromkeys(
        ("proof", "recording_reference", "page", "by", "what", "error", "code", "file_format"),
        r"[^A-Z]*|[A-Z]+-[0-9-]+|[A-Z][0-9A-Z]{8,}",
    ),
}
"""How a text of an event is written, by the name of its detail; one that is not here is a code, and one that ends in ``_on`` a day."""


def refuse_untold(session: Session) -> None:
    """Each event names what it is about, and a loan or a plan only beside whose it is."""
    untold = sorted(set(_untold(session)))
    assert not untold, untold
    unclear = sorted(
        {each for event in session.scalars(select(Event)) for each in unclear_of(event.name, event.fields)}
    )
    assert not unclear, unclear


def unclear_of(name: str, fields: Mapping[str, object]) -> Iterator[tuple[str, str, str]]:
    """Details that are missing, or not written as such a detail is."""
    for detail, said in fields.items():
        if said is None:
            if (name, detail) not in MAY_BE_NONE:
                yield name, detail, "None"
        elif isinstance(said, str):
            written = WRITTEN.get(detail, _DAY if detail.endswith("_on") else _CODE)
            if not re.fullmatch(written, said):
                yield name, detail, said
        elif isinstance(said, list | tuple):
            yield from ((name, detail, str(each)) for each in said if not re.fullmatch(_CODE, str(each)))


def _untold(session: Session) -> Iterator[tuple[str, str]]:
    told = (
        select(
            *(Event.name, Event.borrower_id, Event.loan_id, Event.proposal_id),
            *(Loan.borrower_id.label("of_loan"), Proposal.loan_id.label("of_proposal")),
        )
        .outerjoin(Loan, Loan.id == Event.loan_id)
        .outerjoin(Proposal, Proposal.id == Event.proposal_id)
    )
    for event in session.execute(told):
        wanted = ABOUT.get(event.name, ABOUT.get(f"{event.name.partition(':')[0]}:", ()))
        yield from ((event.name, name) for name in wanted if getattr(event, name) is None)
        is_theirs = event.of_loan in {None, event.borrower_id} and event.of_proposal in {None, event.loan_id}
        if wanted and not is_theirs:
            yield event.name, "somebody else's"
    for each in session.scalars(select(Event)):
        yield from ((each.name, f"not of its {name}") for name in _apart(session, each))


def _apart(session: Session, event: Event) -> Iterator[str]:
    """Details that name a row of another borrower, loan or plan than the event does."""
    word = event.name.partition(":")[0]
    holds = {"hold_id": Base.metadata.tables[word]} if word in {"hold", "legal_hold"} else {}
    numbers = {"change_id": Base.metadata.tables["number_change"]} if word == "number" else {}
    for name, table in {**NAMED, **holds, **numbers}.items():
        columns = [table.c[about] for about in ("borrower_id", "loan_id", "proposal_id") if about in table.c]
        named = select(*columns).where(table.c.id == event.fields.get(name))
        if name == "attachment_id":
            in_message = select(Attachment.message_id).where(Attachment.id == event.fields.get(name))
            in_thread = select(Message.thread_id).where(Message.id.in_(in_message))
            named = select(*columns).where(table.c.id.in_(in_thread))
        row = session.execute(named).one_or_none() if name in event.fields else None
        if row is not None and any(getattr(event, each.name) != getattr(row, each.name) for each in columns):
            yield name


Told = tuple[int | None, dict[str, object]]


def told(session: Session, name: str) -> list[Told]:
    """Whom each event of the name is about and what it says, in their order."""
    events = session.scalars(select(Event).where(Event.name == name).order_by(Event.id))
    return [(event.borrower_id, dict(event.fields)) for event in events]
