"""Which loans the demo's borrowers have. Each account's sums differ, and are the same in every demo."""

from collections.abc import Iterator, Sequence
from random import Random
from typing import Any, Final

from portal.commands.demo_loans import DemoLoan
from portal.commands.demo_people import BORROWERS, borrower_ref, loan_ref
from portal.domain.loans import Stage

_SEED: Final = 20260101

_ACCOUNTS: Final[Sequence[tuple[str, dict[str, Any]]]] = (
    # what a loan may look like
    ("LN", {"late": 42, "paid": 6, "principal": 1_200_000, "installments": 12, "product": "cash_loan"}),
    ("WQ", {"late": 18, "paid": 5, "has_guarantor": True, "product": "consumer_loan"}),
    ("NONE", {"late": -11, "paid": 5}),
    ("FIVE", {"late": 33, "paid": 7, "product": "credit_card"}),
    ("FIVE", {"late": 5, "paid": 4, "product": "cash_loan"}),
    ("FIVE", {"late": -3, "paid": 9, "product": "consumer_loan"}),
    ("FIVE", {"late": -20, "paid": 6, "product": "auto_loan", "principal": 6_800_000, "installments": 36}),
    ("FIVE", {"late": 40, "paid": 12, "installments": 12, "product": "cash_loan"}),
    ("PAID", {"late": 95, "paid": 12, "installments": 12}),
    ("PAID", {"late": 20, "paid": 6, "installments": 6}),
    ("M1A", {"late": 8, "paid": 4}),
    ("M2A", {"late": 45, "paid": 6}),
    ("M3A", {"late": 75, "paid": 5, "furthest": Stage.AGENCY}),
    ("M4A", {"late": 134, "paid": 4, "furthest": Stage.LEGAL}),
    ("OFF", {"late": 214, "paid": 4, "furthest": Stage.LEGAL, "is_charged_off": True}),
    ("OLD", {"late": 1520, "paid": 3, "furthest": Stage.INTERNAL}),
    ("DISP", {"late": 27, "paid": 6, "is_disputed": True}),
    ("COMP", {"late": 58, "paid": 5}),
    ("ILL", {"late": 36, "paid": 7}),
    ("LAW", {"late": 66, "paid": 4}),
    ("KIND", {"late": 29, "paid": 5, "lender_type": "unknown"}),
    ("HE", {"late": 13, "paid": 6}),
    ("SHE", {"late": 39, "paid": 5}),
    ("EN", {"late": 9, "paid": 4}),
    ("RARE", {"late": 21, "paid": 6}),
    # what a proposal may look like
    ("DRAFT", {"late": 24, "paid": 5}),
    ("READY", {"late": 31, "paid": 6}),
    ("SIGN", {"late": 47, "paid": 5}),
    ("ANEW", {"late": 44, "paid": 5, "principal": 3_600_000, "installments": 24}),
    ("WAIT", {"late": 35, "paid": 6}),
    ("SICK", {"late": 38, "paid": 5}),
    ("LATE", {"late": 71, "paid": 5}),
    ("GUAR", {"late": 41, "paid": 6, "has_guarantor": True}),
    ("KEPT", {"late": 92, "paid": 5}),
    ("LONGER", {"late": 64, "paid": 5}),
    ("FRESH", {"late": 57, "paid": 4}),
    ("MISS", {"late": 58, "paid": 5}),
    ("BROKE", {"late": 95, "paid": 5, "furthest": Stage.AGENCY}),
    ("ENDED", {"late": 108, "paid": 5}),
    ("DONE", {"late": 92, "paid": 5}),
    ("NO", {"late": 49, "paid": 6}),
    ("AGAIN", {"late": 62, "paid": 5}),
    ("BACK", {"late": 19, "paid": 5}),
    ("GONE", {"late": 70, "paid": 6, "furthest": Stage.AGENCY}),
    ("AWAY", {"late": 15, "paid": 5}),
    ("OFFER", {"late": 46, "paid": 5}),
    ("ASKED", {"late": 52, "paid": 6}),
    ("TWO", {"late": 34, "paid": 5}),
    ("MOVED", {"late": 92, "paid": 5}),
    # each newer kind of plan
    ("WEEK", {"late": 40, "paid": 5, "principal": 1_800_000, "installments": 12}),
    ("STEP", {"late": 43, "paid": 5, "principal": 3_000_000, "installments": 24}),
    ("FIRST", {"late": 26, "paid": 5, "principal": 2_400_000, "installments": 24}),
    ("SOON", {"late": 12, "paid": 5}),
    ("LESS", {"late": 76, "paid": 6, "principal": 1_200_000, "installments": 12}),
)


def demo_accounts() -> Sequence[DemoLoan]:
    return tuple(_accounts())


def _accounts() -> Iterator[DemoLoan]:
    chance = Random(_SEED)  # noqa: S311 - sums that differ, no secrets
    numbers = dict.fromkeys((borrower.key for borrower in BORROWERS), 0)
    for key, said in _ACCOUNTS:
        numbers[key] += 1
        drawn = {
            "principal": chance.randrange(60, 241) * 10_000,
            "installments": chance.choice((12, 18, 24)),
            "product": chance.choice(("cash_loan", "consumer_loan", "credit_card")),
        }
        yield DemoLoan(
            **{
                "ref": loan_ref(key, numbers[key]),
                "borrower_ref": borrower_ref(key),
                **drawn,
                **said,
            }
        )
