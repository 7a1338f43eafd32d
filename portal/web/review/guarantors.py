"""What an approver says of a guarantor, as a form sends it."""

from portal.domain.reasons import GuarantorChoice


def guarantor_choice(text: str | None) -> GuarantorChoice | None:
    """None for anything unknown: the service asks for it where there is a guarantor."""
    return GuarantorChoice(text) if text in set(GuarantorChoice) else None
