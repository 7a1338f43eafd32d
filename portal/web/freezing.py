"""What freezing terms leans on, as this app is wired."""

from portal.adapters.wording import BabelWording
from portal.services.freezing import FreezingTools
from portal.web import writes


def freezing_tools() -> FreezingTools:
    config = writes.portal().config
    return FreezingTools(
        texts=writes.portal().texts,
        wording=BabelWording(),
        support_phone=config.support_phone,
        support_hours=config.support_hours,
    )
