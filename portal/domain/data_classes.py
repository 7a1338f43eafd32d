"""How much protection what is kept needs: classes, and what holds for each. ``data_columns`` says the class of every column."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final


class Protection(StrEnum):
    """From what harms most in wrong hands to what everybody may read."""

    OPENS = "opens"
    SEALED = "sealed"
    FOUND_BY = "found_by"
    ABOUT = "about"
    COURSE = "course"
    RECORD = "record"
    STAFF = "staff"
    HOUSE = "house"
    PUBLIC = "public"


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """What holds for one class, in words."""

    what: str
    stands: str
    seen_by: str
    leaves: str
    """In logs, files and to others. Backups hold everything, as it stands."""
    kept: str


RULES: Final[Mapping[Protection, Rules]] = {
    Protection.OPENS: Rules(
        what="what opens something: rows' keys, what codes are made of, hashes of passwords and of tokens",
        stands="wrapped under a data key, sealed, or as a hash; a seed opens nothing without the secret",
        seen_by="nobody; an authenticator's secret whoever sets it up, once",
        leaves="never",
        kept="until it is used, ends or is replaced; a row's key as long as its texts",
    ),
    Protection.SEALED: Rules(
        what="names, numbers, addresses, contents that are signed, what people write and attach",
        stands="encrypted under the row's key, bound to table, column and row",
        seen_by="the borrower; staff whose task it is, names and numbers masked but for their end (rule D03)",
        leaves="logs, events and figures: never; the borrower's own copy; evidence of an agreement",
        kept="terms of `portal/domain/retention.py`, and no longer than the person (rule C17)",
    ),
    Protection.FOUND_BY: Rules(
        what="what a number, a name, an address or an ID is found by",
        stands="as a keyed hash; `id_hash` as the lender's book has it, a staff login in counts of tries as SHA-256",
        seen_by="nobody",
        leaves="never",
        kept="as what it stands for; of a stopped number while it is stopped, and afterwards as proof of it",
    ),
    Protection.ABOUT: Rules(
        what="what says something of a borrower and has to be counted, sorted or shown: sums, days, hardship, lateness, what leads to them",
        stands="in clear",
        seen_by="the borrower; staff by their role (`portal/domain/permissions.py`), agencies' staff for calls, while they have it",
        leaves="logs: the public id of a case that staff work on, nothing else; the borrower's own copy; evidence; figures only as counts",
        kept="goes whole, or is emptied, at the end of its term or with the person",
    ),
    Protection.COURSE: Rules(
        what="the course of a borrower's matters: ids, days, sums, codes of closed sets",
        stands="in clear",
        seen_by="as what says something of a borrower, as long as that is there",
        leaves="as what says something of a borrower",
        kept="stays with the emptied row, which figures count and nobody can be found by",
    ),
    Protection.RECORD: Rules(
        what="the record: who did what when, by ids, codes, sums and hashes",
        stands="in clear, in a tree that is signed; nobody may change or delete it",
        seen_by="the borrower their own; auditors; staff the course of their case",
        leaves="its root, signed, is public; the borrower's own copy; evidence; request ids stand in logs",
        kept="looks five years, what leads to a borrower as long as the borrower: erased by the one verb that keeps proofs valid",
    ),
    Protection.STAFF: Rules(
        what="accounts of staff, what they may do, when they are away",
        stands="in clear",
        seen_by="themselves and administrators; colleagues the name, borrowers the staff number alone",
        leaves="logs: never",
        kept="without a term: what they did has to be told for as long as the record is",
    ),
    Protection.HOUSE: Rules(
        what="how the house is run: work in hand, runs, policy, guides, figures, incidents; ids at most, no person",
        stands="in clear",
        seen_by="staff by their role, operators",
        leaves="logs: kinds, counts and numbers of pieces of work; metrics behind a token",
        kept="without a term",
    ),
    Protection.PUBLIC: Rules(
        what="what everybody may know: creditors, their accounts, agencies, days off, prime rates",
        stands="in clear; what counts is that nobody changes it unseen: agencies and accounts with an event each",
        seen_by="everybody",
        leaves="everywhere",
        kept="without a term",
    ),
}

STAYS_LONGER: Final[Mapping[str, str]] = {
    "visitor_complaint.data_key": "opens nothing once the texts are gone",
    "stopped_number.number_hash": "nobody may write to the number again by mistake",
    "stopped_number.number_last4": "what staff know the stop by",
    "stopped_number.reference": "what the holder of the number was given",
    "figure_report.body_sealed": "counts of many, and nobody in them",
    "figure_report.data_key": "as the report",
    "staff_member.password_hash": "as long as the account",
    "staff_member.totp_secret_sealed": "as long as the account",
    "staff_member.data_key": "as long as the account",
    "staff_invitation.token_hash": "as the invitation, which works for three days",
    "staff_invitation.totp_secret_sealed": "moves to the account, or lies behind a link that works no more",
    "staff_invitation.data_key": "as the invitation",
    "staff_declaration.match_key": "a book that comes later is compared with it",
    "demo_message": "a demo's alone: no person is in it, and the doctor names what lies there elsewhere",
}
"""What opens, is sealed or says something of a person and is in no list of what goes, and why: a column, or a whole table."""
