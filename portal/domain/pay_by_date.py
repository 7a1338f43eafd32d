"""``pay_by_date``: the arrears in one payment by a promised day, beside the running schedule; no penalty until then."""

from datetime import date

from portal.domain.drafts import Draft
from portal.domain.loans import Components
from portal.domain.owed import Owed
from portal.domain.plans import ArrearsTreatment
from portal.domain.spreading import kept, refuse_capitalised, waived, without_principal


def draft_pay_by_date(owed: Owed, day: date, *, treatment: ArrearsTreatment) -> Draft:
    """Everything in arrears as it stands today."""
    refuse_capitalised(treatment)
    beside = without_principal(owed.arrears.parts)
    total = Components(principal=owed.arrears.parts.principal) + kept(beside, treatment)
    return Draft(
        [day], [total], [0], total.total, total.total, total.principal, waived=waived(beside, treatment)
    )
