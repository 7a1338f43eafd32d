"""The content of an agreement: exactly what is shown, signed and hashed, and what it may not lack."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from itertools import pairwise
from typing import Any, Final

from portal.domain.agreement_parts import (
    BorrowerParty,
    Clause,
    CompulsoryContent,
    CostBeforeAndAfter,
    CreditorParty,
    DisclosureItem,
    KeyTerm,
    LoanTerms,
    OldTerms,
    PayAccount,
    ScheduleRow,
    WordsBeside,
)
from portal.domain.canonical_json import digest_of
from portal.domain.errors import DomainError

ABSENT_WHERE_NONE: Final[Mapping[str, bool]] = {"is_absent_where_none": True}
"""Of a field that the data leaves out where there is nothing: what was signed before the field existed keeps its hash."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AgreementContent:
    """Everything that the signature and the approval bind to; nothing that is known only later (codes, instants, seals)."""

    agreement_ref: str
    version: int
    locale: str
    priced_on: str
    title: str
    introduction: Sequence[str]
    creditor: CreditorParty
    borrower: BorrowerParty
    loan: LoanTerms
    policy_version: str
    text_versions: Mapping[str, str]
    facts: Mapping[str, object]
    """``LoanFacts.fingerprint()`` with the arrears of the pricing day."""
    old_terms: OldTerms
    new_terms: Mapping[str, object]
    """``Plan.terms()``."""
    schedule: Sequence[ScheduleRow]
    cost: CostBeforeAndAfter
    disclosure: Sequence[DisclosureItem]
    disclosure_notes: Sequence[str]
    key_terms: Sequence[KeyTerm]
    accounts: Sequence[PayAccount]
    clauses: Sequence[Clause]
    beside: WordsBeside | None = field(default=None, metadata=ABSENT_WHERE_NONE)
    """Where the borrower reads another language than the lender's."""

    def as_data(self) -> dict[str, Any]:
        """JSON-safe data: the form that is stored, hashed and attached."""
        data = asdict(self)
        if self.beside is None:
            del data["beside"]
        return data

    @classmethod
    def from_data(cls, data: Mapping[str, Any]) -> "AgreementContent":
        """What ``as_data`` gave, also after a way through JSON."""
        old_terms = {**data["old_terms"], "rows": _each(ScheduleRow, data["old_terms"]["rows"])}
        return cls(
            **{
                **data,
                "introduction": tuple(data["introduction"]),
                "creditor": CreditorParty(**data["creditor"]),
                "borrower": BorrowerParty(**data["borrower"]),
                "loan": LoanTerms(**data["loan"]),
                "old_terms": OldTerms(**old_terms),
                "schedule": _each(ScheduleRow, data["schedule"]),
                "cost": CostBeforeAndAfter(**data["cost"]),
                "disclosure": _each(DisclosureItem, data["disclosure"]),
                "disclosure_notes": tuple(data["disclosure_notes"]),
                "key_terms": _each(KeyTerm, data["key_terms"]),
                "accounts": _each(PayAccount, data["accounts"]),
                "clauses": _each(Clause, data["clauses"]),
                "beside": _words_beside(data.get("beside")),
            }
        )


def _words_beside(data: Mapping[str, Any] | None) -> WordsBeside | None:
    if data is None:
        return None
    return WordsBeside(
        **{
            **data,
            "introduction": tuple(data["introduction"]),
            "disclosure": _each(DisclosureItem, data["disclosure"]),
            "disclosure_notes": tuple(data["disclosure_notes"]),
            "key_terms": _each(KeyTerm, data["key_terms"]),
            "clauses": _each(Clause, data["clauses"]),
        }
    )


def _each(kind: type[Any], items: Sequence[Mapping[str, Any]]) -> tuple[Any, ...]:
    return tuple(kind(**item) for item in items)


def content_hash(content: AgreementContent) -> str:
    """SHA-256 of the canonical JSON of the whole content: what the signing code and every decision bind to."""
    return digest_of(content.as_data())


def missing_contents(content: AgreementContent) -> list[CompulsoryContent]:
    """The compulsory contents (rules P02, P03) that are absent or empty, in the order of the rules."""
    covered = {
        name for clause in content.clauses if any(map(str.strip, clause.paragraphs)) for name in clause.covers
    }
    absent = {
        CompulsoryContent.BALANCE: not content.old_terms.arrears or len(content.loan.currency) != 3,
        CompulsoryContent.PAYMENTS: not _is_payable(content) or not content.accounts,
        CompulsoryContent.OLD_TERMS: content.old_terms.total <= 0,
        CompulsoryContent.NEW_TERMS: not content.new_terms,
        CompulsoryContent.COST_BEFORE_AND_AFTER: content.cost.total_before <= 0
        or content.cost.total_after <= 0,
    }
    return [part for part in CompulsoryContent if part.value not in covered or absent.get(part, False)]


def _is_payable(content: AgreementContent) -> bool:
    """Each payment has a date and a sum that is the sum of its parts; dates do not fall."""
    own = [row for row in content.schedule if not row.is_running]
    sums_hold = all(
        row.due == row.principal + row.interest + row.fee + row.penalty >= 0 for row in content.schedule
    )
    return bool(own) and sums_hold and all(a.due_on <= b.due_on for a, b in pairwise(own))


def refuse_incomplete(content: AgreementContent) -> None:
    """Raises ``agreement_contents_missing`` naming what is missing: such a document is never made."""
    if missing := missing_contents(content):
        raise DomainError("agreement_contents_missing", rule="P02", missing=", ".join(missing))
