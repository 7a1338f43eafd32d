"""What a run of the import has done so far."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass

from portal.domain.book_columns import BookFile
from portal.domain.book_rows import RowGroup
from portal.services.book_borrowers import LandedBorrowers
from portal.services.loan_book import LandedLoans


@dataclass(slots=True)
class Counts:
    """Loans are new, changed, unchanged or refused; ``installments`` and ``payments`` are those of all but the refused."""

    borrowers_new: int = 0
    borrowers_changed: int = 0
    borrowers_unchanged: int = 0
    new: int = 0
    changed: int = 0
    unchanged: int = 0
    refused: int = 0
    moved: int = 0
    flagged: int = 0
    installments: int = 0
    payments: int = 0
    rejected: int = 0
    payments_apart: int = 0
    beyond_plan: int = 0

    @property
    def loans(self) -> int:
        """Those that now stand as the files say."""
        return self.new + self.changed + self.unchanged

    def as_dict(self) -> Mapping[str, int]:
        return {**asdict(self), "loans": self.loans}

    def add_borrowers(self, landed: LandedBorrowers) -> None:
        self.borrowers_new += landed.new
        self.borrowers_changed += landed.changed
        self.borrowers_unchanged += landed.unchanged

    def add_unchanged(self, group: RowGroup) -> None:
        """A loan that was passed over: its digest was known."""
        self.unchanged += 1
        self.installments += group.count(BookFile.INSTALLMENTS)
        self.payments += group.count_different(BookFile.PAYMENTS)

    def add_loans(self, landed: LandedLoans) -> None:
        self.new += len(landed.new)
        self.changed += len(landed.changed)
        self.unchanged += len(landed.unchanged)
        self.refused += len({violation.reference for violation in landed.violations})
        self.moved += landed.moved
        self.flagged += landed.flagged
        self.beyond_plan += landed.beyond_plan
        for loan in (*landed.new, *landed.changed, *landed.unchanged):
            self.installments += len(loan.schedule)
            self.payments += len(loan.payments)
