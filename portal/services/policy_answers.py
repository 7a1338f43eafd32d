"""What policy answered to a signed offer is kept with the facts that it looked at."""

from datetime import datetime
from typing import Final

from sqlalchemy import insert
from sqlalchemy.orm import Session

from portal.domain.frozen_facts import FrozenFacts
from portal.domain.policy import Assessment
from portal.models import PolicyAnswer, Proposal, ProposalVersion
from portal.queries.prepared import Prepared, given, table_of
from portal.queries.situations import Situation

_ANSWERS: Final = table_of(PolicyAnswer)
_KEEPING: Final = Prepared(
    insert(_ANSWERS).values(
        {each.key: given(each.key, each.type) for each in _ANSWERS.c if not each.primary_key}
    )
)


def keep_answer(
    session: Session,
    *,
    proposal: Proposal,
    version: ProposalVersion,
    situation: Situation,
    said: Assessment,
    now: datetime,
) -> None:
    """Once a signed version; the events of the answer are the caller's."""
    _KEEPING.run(
        session,
        proposal_id=proposal.id,
        version_number=version.number,
        policy_version=situation.policy.version,
        policy_arm=situation.arm.value,
        is_at_once=said.is_at_once,
        reasons=[reason.value for reason in said.reasons],
        facts=frozen_facts(situation).as_data(),
        answered_at=now,
    )


def frozen_facts(situation: Situation) -> FrozenFacts:
    """What policy looks at in a situation, to be kept."""
    return FrozenFacts(
        loan=situation.facts,
        on=situation.on,
        dpd=situation.standing.dpd,
        circumstances=situation.circumstances,
        broken_on=situation.broken_on,
        calendar_version=situation.calendar.version,
    )
