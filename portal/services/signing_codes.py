"""What the message with a signing code names: the document and the sum (`product.md`, Sign)."""

from datetime import timedelta

from portal.domain.one_time_codes import LIFETIME, CodePurpose
from portal.domain.plans import Plan
from portal.models import Proposal, ProposalVersion
from portal.services.one_time_codes import CodeOrder


def signing_code_order(
    *, proposal: Proposal, version: ProposalVersion, mobile: str, locale: str, lifetime: timedelta = LIFETIME
) -> CodeOrder:
    """A code that opens this version and no other."""
    plan = Plan.from_terms(version.terms)
    return CodeOrder(
        purpose=CodePurpose.SIGNING,
        target=version.content_hash,
        mobile=mobile,
        locale=locale,
        lifetime=lifetime,
        values={
            "document": f"{version.content['title']} {proposal.reference}",
            "amount_minor": plan.cost.total_paid,
            "currency": plan.currency,
        },
        borrower_id=proposal.borrower_id,
        loan_id=proposal.loan_id,
        proposal_id=proposal.id,
    )
