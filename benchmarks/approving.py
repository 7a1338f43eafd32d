"""W5: an approval's request beside the signature's (W3), and the agreement's document, drawn, stamped and sealed, beside WeasyPrint alone
on the same HTML.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session
from weasyprint import CSS, HTML
from weasyprint.text.fonts import FontConfiguration

from benchmarks.borrowers import add_borrowers_of_one_loan
from benchmarks.results import Promise, Result, compared
from benchmarks.rounds import ROUNDS, cpu_micros, in_turn
from benchmarks.signing import QUICK_AT_ONCE, Signer, make_signers, sign_block
from benchmarks.sizes import Asked
from benchmarks.worlds import World, world
from portal.adapters.business_texts import PackagedTexts
from portal.adapters.pdf.pages import AgreementPage
from portal.adapters.pdf.renderer import STYLE, VARIANT
from portal.adapters.wording import BabelWording
from portal.commands.sealing import evidence_for, seal_document
from portal.commands.work import Workshop
from portal.commands.worker import build_workshop
from portal.db import transaction
from portal.domain.permissions import Actor, ActorKind, Role
from portal.domain.policy import HardshipReason
from portal.domain.reasons import ApproveReason
from portal.models import Agreement, Borrower, Loan, StaffMember
from portal.services.claims import claim_case
from portal.services.documents import SealWork, find_seal_work
from tests.checked_client import form_of
from tests.people import NOW
from tests.stories import ZONE, Story

REQUEST: Final = Promise(1.5, 2.5)
DOCUMENT: Final = Promise(1.1, 1.5)
DOCUMENTS, LEAST_A_SECOND = 3, 6
"""Documents a round; sealed ones a second a core."""


def measure(asked: Asked) -> Sequence[Result]:
    """Microseconds of processor time: of a request, then of a document (which is the same on either database, and made on the first)."""
    results: list[Result] = []
    for kind in asked.databases:
        with world(kind, "approving") as made:
            found = beside_signing(made, QUICK_AT_ONCE)
            found += beside_weasyprint(made, DOCUMENTS) if kind == asked.databases[0] else []
            results += map(made.named, found)
    return results


def beside_signing(made: World, at_once: int, rounds: int = ROUNDS) -> list[Result]:
    count = at_once * (rounds + 1)
    signers = iter(make_signers(made, count))
    cases = iter(_make_cases(made, count))
    subjects = [cpu_micros(made.meter, sign_block(each, at_once)) for each in (cases, signers)]
    took = [(ours, beside) for ours, beside in in_turn(subjects, rounds)]
    return [compared("W5 approve beside signing", took, unit="µs", promise=REQUEST)]


def _make_cases(made: World, count: int) -> Sequence[Signer]:
    """Waiting cases that 周敏 has claimed, with what the page to approve would send; after signers were made."""
    with transaction(made.database.engine) as session:
        zhou_min = session.scalars(select(StaffMember).where(StaffMember.login == "zhou.min")).one()
        people = add_borrowers_of_one_loan(session, count, first=count)
        waiting = [_claimed(session, zhou_min, *each) for each in people]
    browser = made.browser("staff", zhou_min.id)
    _, fields = form_of(browser.get("/desk/me").body.decode(), "/desk/sign-out")
    return [Signer(browser, path, {**fields, **form}) for path, form in waiting]


def _claimed(
    session: Session, member: StaffMember, borrower: Borrower, loan: Loan
) -> tuple[str, dict[str, str]]:
    story = Story(session, borrower, loan)
    story.submit(reason=HardshipReason.ILLNESS)
    actor = Actor(ActorKind.STAFF, member.id, frozenset(map(Role, member.roles)))
    claim_case(session, actor, proposal=story.proposal, now=NOW)
    session.refresh(story.proposal)
    form = {
        "row_version": str(story.proposal.row_version),
        "content_hash": story.version.content_hash,
        "reason": next(iter(ApproveReason)).value,
    }
    return f"/desk/cases/{story.proposal.public_id}/approve", form


def beside_weasyprint(made: World, at_once: int, rounds: int = ROUNDS) -> list[Result]:
    shop = build_workshop(made.app.extensions["portal"].config, engine=made.database.engine, clock=made.clock)
    work = _approved_by_policy(made, shop)
    meter = replace(made.meter, roots=frozenset())  # no database has a part in it
    ours = cpu_micros(meter, _times(at_once, lambda: seal_document(shop, work)))
    bare = cpu_micros(meter, _times(at_once, _weasyprint(shop, work)))
    took = [(sealed, drawn) for sealed, drawn in in_turn([ours, bare], rounds)]
    result = compared("W5 sealed document beside WeasyPrint", took, unit="µs", promise=DOCUMENT)
    a_second = 1e6 / result.ours
    kept = "kept" if a_second >= LEAST_A_SECOND else "NOT KEPT"
    return [
        replace(result, more=f"{result.more}; {a_second:.1f} a second a core (>= {LEAST_A_SECOND}): {kept}")
    ]


def _times(count: int, do: Callable[[], object]) -> Callable[[int], int]:
    def block(_round: int) -> int:
        for _ in range(count):
            do()
        return count

    return block


def _approved_by_policy(made: World, shop: Workshop) -> SealWork:
    with transaction(made.database.engine) as session:
        ((borrower, loan),) = add_borrowers_of_one_loan(session, 1, first=1_000_000)
        Story(session, borrower, loan).submit()
        newest = session.scalars(select(Agreement.id).order_by(Agreement.id.desc()).limit(1)).one()
        work = find_seal_work(session, newest, seal=shop.sealer.description, zone=ZONE)
    assert work is not None
    return work


def _weasyprint(shop: Workshop, work: SealWork) -> Callable[[], object]:
    """The same HTML with the same style, fonts and variant; nothing attached, checked, stamped or sealed."""
    page = AgreementPage(work.content, PackagedTexts(), BabelWording())
    url = f"{shop.config.base_url}/check?code={work.check_code}"
    html = page.html(evidence_for(shop, work), work.check_code, url)
    fonts = FontConfiguration()
    style = CSS(string=STYLE.read_text(), font_config=fonts)
    return lambda: HTML(string=html).write_pdf(stylesheets=[style], font_config=fonts, pdf_variant=VARIANT)
