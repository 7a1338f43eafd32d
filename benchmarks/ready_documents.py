"""W5: how soon an agreement's document is there, where borrowers sign at a fixed rate what policy approves at once: ``portal serve`` and
``portal worker`` over one PostgreSQL, from the answer to the signature until the sealed bytes are in the database.
"""

import threading
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final, Self

from sqlalchemy import func, select

from benchmarks.fleet import Fleet, fleet, wait_until_empty
from benchmarks.load import Request, arrive, ask_all
from benchmarks.processes import Meter
from benchmarks.results import Result, compared
from benchmarks.rounds import percentile
from benchmarks.serving import served_now
from benchmarks.signing import make_signers
from benchmarks.worlds import World, world
from portal.db import transaction
from portal.domain.policy import HardshipReason
from portal.models import Agreement, Proposal

WORKERS: Final = (1, 2)
PROMISED_RATE, MOST_SECONDS = 5.0, 2.0
"""Signatures a second, and the ninety-fifth percentile at that rate."""
RATES: Final = (0.5, 1.0, 1.5, 2.0)
"""Which of them is kept is looked for upwards, until one is not."""
SECONDS, QUICK_SECONDS = 60, 30
"""How long signatures come at each rate; what is left then is waited for."""
_LOOKS: Final = 0.05
_PATIENCE: Final = 600
_WARMING: Final = 2
"""Signatures a worker before anything is measured: the first document loads fonts and libraries."""


@dataclass(frozen=True, slots=True)
class Readiness:
    """``waited``: seconds from the answer until the document was seen, of each; ``a_second``: the rate of answers; ``worked``: seconds of
    the workers' processor for each document.
    """

    rate: float
    waited: Sequence[float]
    a_second: float
    worked: float

    @property
    def p95(self) -> float:
        return percentile(self.waited, 0.95)

    @property
    def is_kept(self) -> bool:
        return self.p95 <= MOST_SECONDS


@dataclass(slots=True)
class Bench:
    """Servers and workers that are running, and how many people have signed there so far."""

    made: World
    running: Fleet
    people: int = 0

    @property
    def meter(self) -> Meter:
        """Of the workers alone."""
        workers = self.running.processes[len(self.running.urls) :]
        return Meter(frozenset(each.pid for each in workers), own=False)


def measure(*, quick: bool) -> Sequence[Result]:
    """Milliseconds, the ninety-fifth percentile beside what is promised."""
    seconds = QUICK_SECONDS if quick else SECONDS
    results: list[Result] = []
    for workers in WORKERS:
        with world("postgresql", "ready") as made:
            found = list(at_rates(made, workers, RATES, seconds))
            results += [made.named(result_of(workers, each)) for each in found]
    return results


def at_rates(made: World, workers: int, rates: Sequence[float], seconds: float) -> Iterator[Readiness]:
    """Upwards until one is not kept, and then the promised one."""
    made.database.engine.dispose()
    with fleet(made.database, made.folder, servers=1, workers=workers) as running:
        bench = Bench(made, running)
        at_rate(bench, _WARMING * workers, rate=_WARMING * workers)
        for rate in rates:
            found = at_rate(bench, round(rate * seconds), rate=rate)
            yield found
            if not found.is_kept:
                break
        yield at_rate(bench, round(PROMISED_RATE * seconds), rate=PROMISED_RATE)


def at_rate(bench: Bench, count: int, *, rate: float) -> Readiness:
    """So many signatures, one after the other in even steps. Raises ``RuntimeError`` where a document does not come."""
    requests = _requests(bench, count)
    wait_until_empty(bench.made.database)
    before = bench.meter.seconds()
    with _Watch.over(bench.made) as watch:
        arrived = arrive(bench.running.urls[0], requests, a_second=rate)
        watch.wait_for(count)
    worked = (bench.meter.seconds() - before) / count
    _download(bench.running.urls[0], requests[-1], watch.agreements[_public_id(requests[-1])])
    waited = [
        watch.seen[_public_id(request)] - at for request, at in zip(requests, arrived.answered, strict=True)
    ]
    return Readiness(rate, waited, arrived.a_second, worked)


def _requests(bench: Bench, count: int) -> Sequence[Request]:
    """Signatures that policy approves, by people who have the code in hand."""
    now = served_now()
    made = bench.made
    made.clock.move_on(seconds=(now - made.clock.now()).total_seconds())
    signers = make_signers(made, count, first=bench.people, now=now, reason=HardshipReason.INCOME_FELL)
    bench.people += count
    return [
        Request(each.path, each.browser.cookie, each.form, each.path.removesuffix("/sign"))
        for each in signers
    ]


def _download(url: str, of: Request, agreement: str) -> None:
    """The last one's, as its borrower does. Raises ``RuntimeError`` where it is not handed out."""
    ask_all(url, [Request(f"/agreements/{agreement}/agreement.pdf", of.cookie)], clients=1)


def _public_id(request: Request) -> str:
    return request.path.split("/")[2]


@dataclass(slots=True)
class _Watch:
    """Looks twenty times a second which documents are there; ``seen``: when, and ``agreements``: whose, by the proposal's public id."""

    made: World
    after: int
    seen: dict[str, float] = field(default_factory=dict)
    agreements: dict[str, str] = field(default_factory=dict)
    stop: threading.Event = field(default_factory=threading.Event)
    thread: threading.Thread = field(init=False)

    @classmethod
    def over(cls, made: World) -> "_Watch":
        """Of agreements that are made from now on."""
        with transaction(made.database.engine, writes=False) as session:
            return cls(made, session.scalar(select(func.max(Agreement.id))) or 0)

    def __enter__(self) -> Self:
        self.thread = threading.Thread(target=self._look_again_and_again, daemon=True)
        self.thread.start()
        return self

    def __exit__(self, *_error: object) -> None:
        self.stop.set()
        self.thread.join()

    def wait_for(self, count: int) -> None:
        limit = time.monotonic() + _PATIENCE
        while len(self.seen) < count:
            if time.monotonic() >= limit or not self.thread.is_alive():
                raise RuntimeError(f"{len(self.seen)} of {count} documents came")
            time.sleep(_LOOKS)

    def _look_again_and_again(self) -> None:
        while not self.stop.wait(_LOOKS):
            for proposal, agreement in self._sealed():
                self.agreements[proposal] = agreement
                self.seen.setdefault(proposal, time.perf_counter())

    def _sealed(self) -> Sequence[tuple[str, str]]:
        """Of agreements that are sealed: then the document is there, by the table's own rule."""
        asked = (
            select(Proposal.public_id, Agreement.public_id)
            .join(Agreement, Agreement.proposal_id == Proposal.id)
            .where(Agreement.id > self.after, Agreement.seal_state == "sealed")
        )
        with transaction(self.made.database.engine, writes=False) as session:
            return [(proposal, agreement) for proposal, agreement in session.execute(asked)]


def result_of(workers: int, found: Readiness) -> Result:
    kept = "kept" if found.is_kept else "NOT KEPT"
    is_promised = found.rate == PROMISED_RATE
    cores = f": {found.rate * found.worked:.1f} cores" if is_promised else ""
    median = percentile(found.waited, 0.5)
    said = (
        f"{'promised, ' * is_promised}p95 <= {MOST_SECONDS:g} s: {kept}; median {median:.2f} s of {len(found.waited)},"
        f" {found.a_second:.2f} a second reached, {found.worked:.2f} s of a worker's processor each{cores}"
    )
    name = f"W5 ready, {workers} worker{'s' * (workers > 1)}, {found.rate:g} a second"
    return compared(name, [(found.p95 * 1000, MOST_SECONDS * 1000)], unit="ms", more=said)
