"""What an agreement is made of: frozen, JSON-safe (dates as ISO text, money in minor units, rates as decimal text)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum


class CompulsoryContent(StrEnum):
    """What no agreement may lack: the six contents of rule P02, then what rule P03 adds. The order is that of the rules."""

    BALANCE = "balance"
    PAYMENTS = "payments"
    INTEREST_AND_FEES = "interest_and_fees"
    FURTHER_CREDIT = "further_credit"
    RIGHTS_DUTIES_BREACH = "rights_duties_breach"
    OTHER_MATTERS = "other_matters"
    OLD_TERMS = "old_terms"
    NEW_TERMS = "new_terms"
    COST_BEFORE_AND_AFTER = "cost_before_and_after"
    CONSEQUENCES_OF_DEFAULT = "consequences_of_default"


@dataclass(frozen=True, slots=True, kw_only=True)
class CreditorParty:
    """Who lends, and where to reach it. ``assignment_notice_on`` where the debt was assigned (rule C21)."""

    name: str
    phone: str
    hours: str
    address: str = ""
    assignment_notice_on: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class BorrowerParty:
    """Who owes. ``mobile`` is masked already; the ID is known by its last four characters."""

    name: str
    id_last4: str
    mobile: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LoanTerms:
    """The contract that the agreement changes."""

    loan_ref: str
    product: str
    currency: str
    disbursed_on: str
    principal: int
    annual_rate_pct: str
    penalty_rate_pct: str
    amortisation: str
    has_guarantor: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class ScheduleRow:
    """One payment. ``moved_from`` where a holiday moved the date; ``date_unchecked`` beyond the published calendar."""

    number: int
    due_on: str
    principal: int
    interest: int
    fee: int
    penalty: int
    due: int
    balance: int | None = None
    is_running: bool = False
    moved_from: str | None = None
    date_unchecked: bool = False

    @property
    def due_day(self) -> date:
        return date.fromisoformat(self.due_on)


@dataclass(frozen=True, slots=True, kw_only=True)
class OldTerms:
    """What was still to be paid when the plan was priced: overdue by component, and the rows not yet due."""

    arrears: Mapping[str, int]
    overdue_since: str | None
    rows: Sequence[ScheduleRow]
    total: int

    @property
    def arrears_total(self) -> int:
        return sum(self.arrears.values())


@dataclass(frozen=True, slots=True, kw_only=True)
class CostBeforeAndAfter:
    """Everything still to be paid on the loan without the plan (as of the pricing day) and with it, and the plan's own cost."""

    total_before: int
    total_after: int
    beyond_principal_before: int
    beyond_principal_after: int
    plan_total: int
    annual_compound_pct: str | None
    annual_simple_pct: str | None
    method_version: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DisclosureItem:
    """One line of the cost disclosure. ``amount`` is None where only a rate can be stated; a contingent item is due on default only."""

    code: str
    name: str
    amount: int | None
    payee: str
    method: str
    annualised: str
    is_contingent: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyTerm:
    """A term to be acknowledged by itself, with a plain explanation (rules S01, S03)."""

    code: str
    title: str
    text: str
    explanation: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PayAccount:
    """A verified account of the creditor (rule C22)."""

    bank: str
    account_name: str
    account_number: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Clause:
    """One clause as shown, whole. ``covers`` names the compulsory contents that it meets."""

    code: str
    title: str
    paragraphs: Sequence[str]
    covers: Sequence[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class WordsBeside:
    """The same words in another language, printed beside those that the borrower reads: item by item what the content has."""

    locale: str
    text_versions: Mapping[str, str]
    title: str
    introduction: Sequence[str]
    disclosure: Sequence[DisclosureItem]
    disclosure_notes: Sequence[str]
    key_terms: Sequence[KeyTerm]
    clauses: Sequence[Clause]
