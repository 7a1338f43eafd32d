"""Plans, answers and the reasons for a person, in the words of the borrower's pages."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from flask_babel import LazyString, gettext, lazy_gettext, ngettext

from portal.domain.journey import Need
from portal.domain.pay_days import PayDayKind
from portal.domain.plan_dates import LAST_DAY
from portal.domain.plans import Plan, PlanKind
from portal.domain.policy import Referral
from portal.i18n import format_date, format_money
from portal.web.labels import FREQUENCIES
from portal.web.pay_day_choices import weekday_name

NOTES: Mapping[str, LazyString] = {
    "last_payment_larger": lazy_gettext(
        "The last payment is a little larger than the others, because of rounding."
    ),
    "arrears_in_first_payment": lazy_gettext(
        "Interest, penalty and fees so far are paid with the first payment."
    ),
    "date_moved_holiday": lazy_gettext(
        "A date on a weekend or a holiday moves to the next working day, at no cost to you."
    ),
    "dates_beyond_calendar": lazy_gettext(
        "The holidays of later years are not published yet; such dates may still move to the next working day."
    ),
    "upfront_bears_no_interest": lazy_gettext(
        "What you pay first reduces what is spread; from today on it bears no interest."
    ),
    "interest_first": lazy_gettext(
        "First you pay the interest of each period alone, on your usual payment days; then your installments as before. "
        "All of them move, so the loan ends later."
    ),
    "rest_is_waived": lazy_gettext("Once these payments are made in full and on time, the rest is waived."),
    "arrears_bear_interest": lazy_gettext(
        "Interest, penalty and fees so far are added to the principal and bear interest."
    ),
}

PAY_DAY_KINDS: Mapping[str, LazyString] = {
    PayDayKind.OVERDUE.value: lazy_gettext("Overdue, due at once"),
    PayDayKind.USUAL.value: lazy_gettext("Usual installment"),
    PayDayKind.PLAN.value: lazy_gettext("Payment of the plan"),
    PayDayKind.PENALTY.value: lazy_gettext("Penalty added until then"),
}

WHY_A_PERSON: Mapping[Referral, LazyString] = {
    Referral.TIME_BARRED: lazy_gettext(
        "The limitation period of this debt may be over; a person looks into that first."
    ),
    Referral.LENDER_TYPE_UNKNOWN: lazy_gettext("A person checks a limit that the law sets for this lender."),
    Referral.GUARANTOR: lazy_gettext(
        "Somebody stands guarantor for this loan, and their position has to be looked at."
    ),
    Referral.OPEN_DISPUTE: lazy_gettext("You disputed something on this loan, and our answer is still open."),
    Referral.OPEN_COMPLAINT: lazy_gettext("You made a complaint, and our answer is still open."),
    Referral.SENSITIVE_HARDSHIP: lazy_gettext(
        "What you told us about your situation deserves a person's attention."
    ),
    Referral.VULNERABLE: lazy_gettext("Your case is looked after by a person, with special care."),
    Referral.STAFF_RELATION: lazy_gettext("For fairness, somebody without any tie to you decides."),
    Referral.PLAN_BROKEN_LATELY: lazy_gettext("An earlier plan was interrupted within the last 12 months."),
    Referral.DRAFTED_BY_AGENT: lazy_gettext(
        "One of our staff filled it in with you, so somebody else decides."
    ),
    Referral.BELOW_LIVING_FLOOR: lazy_gettext("A person makes sure that enough is left for you to live on."),
    Referral.SETTLEMENT_OR_WAIVER: lazy_gettext(
        "Part of the debt would be waived; only a person may decide that."
    ),
    Referral.LOAN_NOT_ACTIVE: lazy_gettext("The loan is in a special state in the lender's book."),
    Referral.RATE_UNCLEAR: lazy_gettext("A person checks that the cost keeps within the law's limit."),
    Referral.LATE_CHARGES_UNCLEAR: lazy_gettext(
        "A person checks that you are not charged more for lateness than the law allows."
    ),
    Referral.KIND_NOT_AT_ONCE: lazy_gettext("A person decides on plans of this kind."),
    Referral.AMOUNT_ABOVE_BAND: lazy_gettext("The sum is larger than what is approved at once."),
    Referral.DPD_ABOVE_BAND: lazy_gettext(
        "The loan has been overdue for longer than what is approved at once."
    ),
    Referral.TERM_ABOVE_BAND: lazy_gettext("The plan runs longer than what is approved at once."),
    Referral.PAYMENT_BELOW_BAND: lazy_gettext("The payments are smaller than what is approved at once."),
    Referral.DEFERRAL_ALLOWANCE_USED: lazy_gettext("This year's pauses have been used."),
    Referral.ASKED_FOR_A_PERSON: lazy_gettext("You asked for a person."),
    Referral.COUNTER_REFUSED: lazy_gettext("You did not accept our offer."),
    Referral.QUESTION_ANSWERED: lazy_gettext("You answered our question."),
}


def name_of(plan: Plan) -> str:
    """What a plan is, in a line: tells plans of one kind apart."""
    return str(_name_of(plan))


def _name_of(plan: Plan) -> object:
    match plan.kind:
        case PlanKind.DEFER | PlanKind.INTEREST_ONLY:
            return _name_by_periods(plan.kind, plan.request.terms)
        case PlanKind.PAY_BY_DATE:
            return gettext("All that is overdue, by %(date)s", date=format_date(plan.ends_on))
        case PlanKind.STEP_UP:
            steps, count = plan.request.steps, len(plan.installments)
            return gettext("Smaller first: %(count)s payments in %(steps)s steps", count=count, steps=steps)
        case _:
            return _name_by_payments(plan.kind, len(plan.installments))


def _name_by_periods(kind: PlanKind, periods: int) -> object:
    if kind is PlanKind.DEFER:
        return ngettext("Move all dates by %(num)s period", "Move all dates by %(num)s periods", periods)
    return ngettext(
        "Interest alone for %(num)s period, then as before",
        "Interest alone for %(num)s periods, then as before",
        periods,
    )


def _name_by_payments(kind: PlanKind, count: int) -> object:
    if kind is PlanKind.CATCH_UP:
        return ngettext("Catch up in %(num)s payment", "Catch up in %(num)s payments", count)
    if kind is PlanKind.SETTLEMENT:
        return ngettext("Settle for less in %(num)s payment", "Settle for less in %(num)s payments", count)
    return ngettext("Everything you owe in %(num)s payment", "Everything you owe in %(num)s payments", count)


def need_text(answer: Mapping[str, Any], currency: str) -> str:
    """What would help, as it was answered."""
    match Need(answer["need"]):
        case Need.PAUSE:
            return str(gettext("A pause first, paying later"))
        case Need.INTEREST_FIRST:
            return str(gettext("Interest alone at first"))
        case Need.BY_DATE:
            return str(
                gettext(
                    "All that is overdue, by %(date)s", date=format_date(date.fromisoformat(answer["pay_on"]))
                )
            )
        case Need.MONTHLY | Need.STEP_UP:
            return _sums_text(answer, currency)


def _sums_text(answer: Mapping[str, Any], currency: str) -> str:
    said: object = _rhythm_text(answer, format_money(int(answer["monthly_minor"]), currency))
    if answer["need"] == Need.STEP_UP:
        said = gettext("%(sums)s at first, more later", sums=said)
    if first := answer.get("upfront_minor"):
        said = gettext("%(sum)s first, then %(sums)s", sum=format_money(first, currency), sums=said)
    return str(said)


def _rhythm_text(answer: Mapping[str, Any], amount: str) -> str:
    every = answer.get("every", "1 month")
    if every == "1 month":
        if answer["day"] == LAST_DAY:
            return str(gettext("%(amount)s a month, on the last day", amount=amount))
        return str(gettext("%(amount)s a month, on day %(day)s", amount=amount, day=answer["day"]))
    said = f"{FREQUENCIES[every]} {amount}"
    if not answer.get("weekday"):
        return said
    weekday = weekday_name(int(answer["weekday"]))
    return str(gettext("%(sums)s, on %(weekday)s", sums=said, weekday=weekday))
