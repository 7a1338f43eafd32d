"""Tables. Typed declarative, named constraints, no queries."""

from portal.models.agencies import Agency, AgencyEvaluation
from portal.models.base import Base
from portal.models.borrowers import (
    Borrower,
    Consent,
    KnownDevice,
    OneTimeCode,
    RateCount,
    SavedBudget,
    TypedDraft,
    WebSession,
)
from portal.models.calls import Call, CallItem, CallOverride, CallRefusal, CallTask
from portal.models.cases import CaseDecision, CorrectionRequest, ServiceCase
from portal.models.creditors import CalendarVersion, Creditor, VerifiedAccount
from portal.models.desk import SavedView, StaffAbsence
from portal.models.figure_reports import FigureReport
from portal.models.guides import GuideVersion
from portal.models.holds import Hold
from portal.models.incidents import Incident, IncidentNotice
from portal.models.legal_holds import LegalHold
from portal.models.loans import BookImport, DelinquencyPause, Installment, Loan, Payment
from portal.models.numbers import EmailAddress, NumberChange, StoppedNumber
from portal.models.operations import BackupMade, ReadOnlySpell, RetentionRun, WorkerBeat
from portal.models.policies import PolicyAnswer, PolicyReplay, PolicyTrial, PolicyVersion
from portal.models.prime_rates import PrimeRate
from portal.models.proposals import (
    Agreement,
    Decision,
    Document,
    Proposal,
    ProposalVersion,
    Question,
    ReviewItem,
)
from portal.models.record import Contact, DemoMessage, Event, MessageSpending, OutboxItem, RecordLeaf
from portal.models.staff import StaffMember, StaffRelation
from portal.models.staff_accounts import StaffChange, StaffDeclaration, StaffInvitation
from portal.models.staff_keys import StaffKey
from portal.models.standings import DayRun, LoanStage, LoanStanding
from portal.models.support_calls import SupportCall, SupportDraft
from portal.models.support_desk import SupportEscalation, SupportReading, SupportReveal, SupportWrapUp
from portal.models.threads import Attachment, Message, Thread
from portal.models.wishes import ContactWish, DataRestriction, Representative, VisitorComplaint

__all__ = [
    "Agency",
    "AgencyEvaluation",
    "Agreement",
    "Attachment",
    "BackupMade",
    "Base",
    "BookImport",
    "Borrower",
    "CalendarVersion",
    "Call",
    "CallItem",
    "CallOverride",
    "CallRefusal",
    "CallTask",
    "CaseDecision",
    "Consent",
    "Contact",
    "ContactWish",
    "CorrectionRequest",
    "Creditor",
    "DataRestriction",
    "DayRun",
    "Decision",
    "DelinquencyPause",
    "DemoMessage",
    "Document",
    "EmailAddress",
    "Event",
    "FigureReport",
    "GuideVersion",
    "Hold",
    "Incident",
    "IncidentNotice",
    "Installment",
    "KnownDevice",
    "LegalHold",
    "Loan",
    "LoanStage",
    "LoanStanding",
    "Message",
    "MessageSpending",
    "NumberChange",
    "OneTimeCode",
    "OutboxItem",
    "Payment",
    "PolicyAnswer",
    "PolicyReplay",
    "PolicyTrial",
    "PolicyVersion",
    "PrimeRate",
    "Proposal",
    "ProposalVersion",
    "Question",
    "RateCount",
    "ReadOnlySpell",
    "RecordLeaf",
    "Representative",
    "RetentionRun",
    "ReviewItem",
    "SavedBudget",
    "SavedView",
    "ServiceCase",
    "StaffAbsence",
    "StaffChange",
    "StaffDeclaration",
    "StaffInvitation",
    "StaffKey",
    "StaffMember",
    "StaffRelation",
    "StoppedNumber",
    "SupportCall",
    "SupportDraft",
    "SupportEscalation",
    "SupportReading",
    "SupportReveal",
    "SupportWrapUp",
    "Thread",
    "TypedDraft",
    "VerifiedAccount",
    "VisitorComplaint",
    "WebSession",
    "WorkerBeat",
]
