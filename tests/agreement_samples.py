"""Agreements to test documents with: 李娜's loan, a plan of any length, the texts of the package."""

from collections.abc import Sequence
from datetime import date, timedelta
from decimal import Decimal

from portal.adapters.business_texts import PackagedTexts
from portal.adapters.wording import BabelWording
from portal.domain.agreement_parts import BorrowerParty, CreditorParty, PayAccount
from portal.domain.agreements import AgreementContent, content_hash
from portal.domain.evidence import (
    AssuranceLevel,
    EvidenceAct,
    EvidenceEntry,
    SealDescription,
    SealKind,
    SigningEvidence,
)
from portal.domain.loans import Components, InstallmentFacts, LenderType, LoanFacts, LoanStatus
from portal.domain.plans import (
    ArrearsTreatment,
    DeferredInterest,
    Plan,
    PlanCost,
    PlanKind,
    PlanRequest,
    PlanRow,
)
from portal.services.agreement_contents import AgreementParts, AgreementRules, build_content

TODAY = date(2026, 11, 1)
CHECK_URL = "https://portal.example.cn/check?code={code}"
TEXTS = PackagedTexts()
WORDING = BabelWording()


def month(number: int, day: int = 20) -> date:
    """The ``number``-th month after January 2026 (0)."""
    return date(2026 + number // 12, number % 12 + 1, day)


def loan_facts(*, product: str = "credit_card", has_guarantor: bool = False) -> LoanFacts:
    """Twelve installments of 1,000.00 principal; those of September and October 2026 unpaid."""
    return LoanFacts(
        loan_ref="L000001",
        currency="CNY",
        creditor="示范消费金融公司",
        product=product,
        lender_type=LenderType.CONSUMER_FINANCE,
        status=LoanStatus.ACTIVE,
        disbursed_on=date(2026, 4, 20),
        principal=1_200_000,
        annual_rate_pct=Decimal("15.00"),
        penalty_rate_pct=Decimal("22.50"),
        amortisation="equal_principal",
        interest_method="declining",
        day_count="act/365",
        rounding="half_even",
        every="1 month",
        multiple=None,
        has_guarantor=has_guarantor,
        as_of=TODAY,
        installments=tuple(_installment(number) for number in range(1, 13)),
        payments=(("P0000014", date(2026, 8, 20), 115_000),),
    )


def _installment(number: int) -> InstallmentFacts:
    due = Components(
        principal=100_000, interest=15_000 - 1_250 * (number - 1), penalty=803 if number == 5 else 0
    )
    paid = due if number < 5 else Components()
    return InstallmentFacts(number, month(3 + number), due, paid)


def plan_of(
    installments: int = 12,
    kind: PlanKind = PlanKind.RESCHEDULE,
    treatment: ArrearsTreatment = ArrearsTreatment.SPREAD,
    interest: DeferredInterest = DeferredInterest.RUNS,
) -> Plan:
    """A plan with sums that add up; what it costs is stated, not priced."""
    rows = tuple(_row(number, installments) for number in range(1, installments + 1))
    total = sum(row.due for row in rows)
    return Plan(
        kind=kind,
        request=PlanRequest(
            kind,
            installments=installments,
            defer_periods=2 if kind is PlanKind.DEFER else 0,
            arrears_treatment=treatment,
            deferred_interest=interest,
        ),
        priced_on=TODAY,
        currency="CNY",
        arrears=Components(principal=200_000, interest=18_750, penalty=1_420),
        advance=820_170,
        rows=rows,
        cost=PlanCost(total, total - 800_000, "13.84", "13.03", "cn_irr-1"),
        running_rows=_running_rows() if kind is PlanKind.CATCH_UP else (),
        convention={"amortisation": "equal_installment", "day_count": "act/365"},
    )


def _row(number: int, count: int) -> PlanRow:
    parts = Components(
        principal=800_000 // count, interest=9_000 // number, penalty=1_420 if number == 1 else 0
    )
    due_on = month(10 + number, 15)
    return PlanRow(
        number,
        due_on,
        parts,
        balance=800_000 - 800_000 // count * number,
        date_moved_from=due_on - timedelta(days=1) if number == 2 else None,
        date_unchecked=due_on.year > 2027,
    )


def _running_rows() -> Sequence[PlanRow]:
    rows = (row for row in loan_facts().installments if row.due_on >= TODAY)
    return tuple(PlanRow(row.number, row.due_on, row.due, 0, is_running=True) for row in rows)


def agreement_parts(
    *,
    plan: Plan | None = None,
    locale: str = "zh_CN",
    name: str = "李娜",
    facts: LoanFacts | None = None,
) -> AgreementParts:
    return AgreementParts(
        reference="P7K3M9QX",
        version=1,
        locale=locale,
        creditor=CreditorParty(
            name="示范消费金融公司",
            phone="400-000-0000",
            hours="08:30-20:30",
            address="上海市浦东新区示范路 1 号",
        ),
        borrower=BorrowerParty(name=name, id_last4="302X", mobile="199****0001"),
        facts=facts or loan_facts(),
        plan=plan or plan_of(),
        accounts=(
            PayAccount(
                bank="示范银行上海分行营业部",
                account_name="示范消费金融公司",
                account_number="6222 0000 0000 0001 234",
            ),
            PayAccount(
                bank="示范银行北京分行",
                account_name="示范消费金融公司",
                account_number="6222 0000 0000 0005 678",
            ),
        ),
        rules=AgreementRules(policy_version="cn-2026-11"),
    )


def agreement_content(parts: AgreementParts | None = None) -> AgreementContent:
    return build_content(TEXTS, WORDING, parts or agreement_parts())


def signing_evidence(content: AgreementContent, seal: SealDescription | None = None) -> SigningEvidence:
    acts: Sequence[tuple[EvidenceAct, str, dict[str, str]]] = (
        (EvidenceAct.SIGNED_IN, "01:02:10", {"mobile": "199****0001"}),
        (EvidenceAct.PRIVACY_NOTICE_SHOWN, "01:02:40", {"version": "2026-01-01-0a1b2c3d"}),
        (EvidenceAct.TEXT_SHOWN, "01:08:02", {"seconds": "286"}),
        (EvidenceAct.DISCLOSURE_READ, "01:09:11", {"seconds": "42"}),
        *(
            (EvidenceAct.KEY_TERM_ACKNOWLEDGED, "01:10:00", {"title": term.title})
            for term in content.key_terms
        ),
        (EvidenceAct.DOCUMENT_DOWNLOADED, "01:11:30", {}),
        (EvidenceAct.CODE_SENT, "01:12:05", {"mobile": "199****0001"}),
        (EvidenceAct.SIGNED, "01:12:48", {}),
        (EvidenceAct.APPROVED_BY_STAFF, "06:20:31", {"staff": "S0007"}),
    )
    return SigningEvidence(
        level=AssuranceLevel.CODE_AND_EVIDENCE,
        entries=tuple(EvidenceEntry(act=a, at=f"2026-11-01T{t}+00:00", details=d) for a, t, d in acts),
        content_hash=content_hash(content),
        approved_at="2026-11-01T06:20:31+00:00",
        seal=seal or SealDescription(kind=SealKind.TAMPER_EVIDENT, certificate_sha256="ab" * 32),
        preview_sha256="cd" * 32,
    )
