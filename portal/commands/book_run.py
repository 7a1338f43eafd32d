"""One run of the import over the files of a book, batch by batch, a transaction each."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from hashlib import sha256
from pathlib import Path
from typing import Final

from sqlalchemy import Engine
from sqlalchemy.orm import Session

from portal.adapters.book_files import ScannedFile, find_files, scan_file
from portal.adapters.book_order import lines_in_order
from portal.adapters.rejected_rows import RejectedRows
from portal.clock import Clock
from portal.commands.book_counts import Counts
from portal.db import transaction
from portal.domain.book_borrowers import BookBorrower, read_borrower
from portal.domain.book_columns import BookFile
from portal.domain.book_loans import BookLoan
from portal.domain.book_rows import RowGroup, Violation, grouped
from portal.domain.loan_book import read_loan
from portal.domain.permissions import SYSTEM
from portal.messages import text_of
from portal.queries.imports import count_payments_apart, digests_of
from portal.services.book_borrowers import LandedBorrowers, differing_borrowers, import_borrowers
from portal.services.book_imports import finish_import, note_progress, start_import
from portal.services.loan_book import import_loans
from portal.services.staff_relations import match_borrowers, match_loans

Files = Mapping[BookFile, ScannedFile]

ROWS_IN_A_BATCH: Final = 8000
GROUPS_IN_A_BATCH: Final = 1000
"""Some tenths of a second of writing: what anybody else who writes has to wait at most."""

LOAN_FILES: Final = (BookFile.LOANS, BookFile.INSTALLMENTS, BookFile.PAYMENTS)


def scan_folder(folder: Path) -> Files:
    """Read all four files once, before anything is written; raises what ``find_files`` and ``scan_file`` raise."""
    return {file: scan_file(file, path) for file, path in find_files(folder).items()}


class BookRun:
    """``tell`` is called with the number of rows that were just done; ``key`` is what declared relations of staff are kept under."""

    def __init__(
        self,
        engine: Engine,
        clock: Clock,
        files: Files,
        *,
        rejected: RejectedRows,
        tell: Callable[[int], None],
        key: str,
    ) -> None:
        self._engine = engine
        self._clock = clock
        self._files = files
        self._rejected = rejected
        self._tell = tell
        self._key = key
        self._import_id = 0
        self.counts = Counts()

    def run(self) -> Counts:
        """Every row once; what stands as the files say is passed over without a write."""
        digest = sha256("".join(scanned.digest for scanned in self._files.values()).encode()).hexdigest()
        with transaction(self._engine) as session:
            self._import_id = start_import(session, folder_digest=digest, now=self._clock.now())
        for batch in batches(self._groups([BookFile.BORROWERS])):
            self._take_borrowers(batch)
        for batch in batches(self._groups(LOAN_FILES)):
            self._take_loans(batch)
        self._finish()
        return self.counts

    def _groups(self, files: Sequence[BookFile]) -> Iterator[RowGroup]:
        return grouped({file: lines_in_order(self._files[file]) for file in files})

    def _take_borrowers(self, groups: Sequence[RowGroup]) -> None:
        borrowers = []
        for group in groups:
            found = read_borrower(group)
            if isinstance(found, BookBorrower):
                borrowers.append(found)
            else:
                self._reject(found)
        with transaction(self._engine, writes=False) as session:
            differing = differing_borrowers(session, borrowers)
        self.counts.add_borrowers(LandedBorrowers(unchanged=len(borrowers) - len(differing)))
        if differing:
            with transaction(self._engine) as session:
                landed = import_borrowers(session, SYSTEM, borrowers=differing, now=self._clock.now())
                self._match_borrowers(session, differing)
            self.counts.add_borrowers(landed)
        self._tell(sum(group.row_count for group in groups))

    def _match_borrowers(self, session: Session, borrowers: Sequence[BookBorrower]) -> None:
        """Whoever works here and is one of them, or close to one, never handles their loans (rule P18)."""
        hashes = {borrower.borrower_ref: borrower.id_hash for borrower in borrowers}
        match_borrowers(session, SYSTEM, id_hashes=hashes, key=self._key, now=self._clock.now())

    def _take_loans(self, groups: Sequence[RowGroup]) -> None:
        with transaction(self._engine, writes=False) as session:
            known = digests_of(session, [group.reference for group in groups])
        loans = []
        for group in groups:
            digest = group.digest()
            if known.get(group.reference) == digest:
                self.counts.add_unchanged(group)
            elif (loan := self._read(group, digest)) is not None:
                loans.append(loan)
        if loans:
            self._write(loans)
        self._tell(sum(group.row_count for group in groups))

    def _read(self, group: RowGroup, digest: str) -> BookLoan | None:
        found = read_loan(group, digest)
        if isinstance(found, BookLoan):
            return found
        self.counts.refused += bool(group.of(BookFile.LOANS))
        self._reject(found)
        return None

    def _write(self, loans: Sequence[BookLoan]) -> None:
        with transaction(self._engine) as session:
            landed = import_loans(
                session, SYSTEM, loans=loans, today=self._clock.today(), now=self._clock.now()
            )
            self.counts.add_loans(landed)
            refs = [loan.loan_ref for loan in landed.new]
            match_loans(session, SYSTEM, loan_refs=refs, key=self._key, now=self._clock.now())
            note_progress(session, import_id=self._import_id, counts=self.counts.as_dict())
        self._reject(landed.violations)

    def _reject(self, violations: Iterable[Violation]) -> None:
        for violation in violations:
            self.counts.rejected += 1
            self._rejected.write(violation, text_of(violation.error))

    def _finish(self) -> None:
        with transaction(self._engine, writes=False) as session:
            self.counts.payments_apart = count_payments_apart(session)
        with transaction(self._engine) as session:
            finish_import(
                session,
                SYSTEM,
                import_id=self._import_id,
                counts=self.counts.as_dict(),
                now=self._clock.now(),
            )


def batches(groups: Iterable[RowGroup], *, most_rows: int = ROWS_IN_A_BATCH) -> Iterator[Sequence[RowGroup]]:
    """Whole groups together, about so many rows and at most ``GROUPS_IN_A_BATCH`` at a time."""
    batch: list[RowGroup] = []
    rows = 0
    for group in groups:
        batch.append(group)
        rows += group.row_count
        if rows >= most_rows or len(batch) >= GROUPS_IN_A_BATCH:
            yield batch
            batch, rows = [], 0
    if batch:
        yield batch
