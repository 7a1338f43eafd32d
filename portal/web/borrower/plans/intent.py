"""The words by which a borrower declares to sign a version, whichever it is; their exact version goes into the signature (rule S01)."""

from dataclasses import dataclass

from portal.adapters.wording import BabelWording
from portal.models import Proposal, ProposalVersion
from portal.queries.plans import plan_of
from portal.web import writes


@dataclass(frozen=True, slots=True)
class Intent:
    """``text_version`` names the exact words; they are in the language in which the text was frozen."""

    title: str
    sentences: tuple[str, ...]
    text_version: str
    lang: str


def intent_of(proposal: Proposal, version: ProposalVersion, *, is_counter: bool) -> Intent:
    """An offer of one's own, or the acceptance of the lender's."""
    text = writes.portal().texts.load("signing_intent", version.locale, version.priced_on)
    plan, content = plan_of(version), version.content
    values = {
        "borrower": content["borrower"]["name"],
        "creditor": content["creditor"]["name"],
        "document": content["title"],
        "reference": proposal.reference,
        "total": BabelWording().money(plan.cost.total_paid, plan.currency, version.locale),
    }
    act = {"act": "accept" if is_counter else "offer"}
    return Intent(
        title=text.title,
        sentences=tuple(line for section in text.sections_for(act, values) for line in section.paragraphs),
        text_version=text.version,
        lang=version.locale.replace("_", "-"),
    )
