"""The pictures in the README, taken anew from the demo: ``bin/pictures``. The same walk each time, so that they grow old together."""

import io
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pyotp
from PIL import Image
from playwright.sync_api import Browser, Page, ViewportSize
from sqlalchemy import select

from benchmarks.borrower_pages import NoLooks, know_old_messages
from benchmarks.demo_server import demo_server
from benchmarks.first_view import chromium
from portal.config import DEMO_PASSWORD
from portal.db import transaction
from portal.domain.proposals import ProposalStatus
from portal.models import Agreement, Borrower, Loan, Proposal, StaffMember
from tests.journeys.phones import Phone
from tests.journeys.servers import ROOT, Server

FOLDER = ROOT / "docs" / "pictures"
PHONE, DESK = ViewportSize(width=360, height=720), ViewportSize(width=1280, height=860)
SHARPER = {360: 2.0, 1280: 1.0}
COLOURS = 64
MOST_BYTES = 120_000


def main() -> None:
    with demo_server() as server, chromium() as browser:
        _of_the_borrower(server, browser)
        _of_one_who_waits(server, browser)
        _of_the_desk(server, browser)


def _of_the_borrower(server: Server, browser: Browser) -> None:
    """From what is overdue to the agreement, and what anybody sees of it."""
    with _page(browser, PHONE) as page:
        phone = _signed_in(server, page, _one_without_a_plan(server))
        _take(page, "home")
        phone.start_plan()
        phone.say_reason()
        phone.say_need()
        _take(page, "plans")
        phone.choose_plan()
        if phone.path.endswith("/budget"):
            phone.say_month()
        phone.freeze()
        phone.read_disclosure()
        phone.acknowledge()
        _take(page, "signing")
        phone.sign()
        page.locator("main a[href*='/agreements/']").first.click()
        phone.wait_for_document("a.button[href$='.pdf']")
        page.reload()
        _take(page, "agreement")
        with transaction(server.database.engine, writes=False) as session:
            code = session.scalars(select(Agreement.check_code).order_by(Agreement.id.desc()).limit(1)).one()
        page.goto(f"{server.url}/check?code={code}")
        _take(page, "check")


def _of_one_who_waits(server: Server, browser: Browser) -> None:
    with transaction(server.database.engine, writes=False) as session:
        waiting = select(Proposal).where(Proposal.status == ProposalStatus.IN_REVIEW.value)
        proposal = session.scalars(waiting.order_by(Proposal.id.desc()).limit(1)).one()
        borrower = session.get_one(Borrower, proposal.borrower_id)
    with _page(browser, PHONE) as page:
        _signed_in(server, page, borrower).open(f"/proposals/{proposal.public_id}")
        _take(page, "proposal")


def _of_the_desk(server: Server, browser: Browser) -> None:
    with transaction(server.database.engine, writes=False) as session:
        member = session.scalars(select(StaffMember).where(StaffMember.login == "zhou.min")).one()
    with _page(browser, DESK) as page:
        page.goto(f"{server.url}/desk")
        page.fill("[name=login]", member.login)
        page.fill("[name=password]", DEMO_PASSWORD)
        page.fill("[name=code]", pyotp.TOTP(member.totp_secret or "").at(server.now()))
        page.locator("main form .actions button.button").first.click()
        page.goto(f"{server.url}/desk")
        _take(page, "queue")
        page.locator("main a[href*='/desk/cases/']").first.click()
        page.wait_for_load_state()
        _take(page, "case")


def _one_without_a_plan(server: Server) -> Borrower:
    """李娜 in the demo: the first who has a loan and never asked for a plan, else the first of all."""
    with transaction(server.database.engine, writes=False) as session:
        asked = select(Proposal.borrower_id)
        late = select(Loan.borrower_id).where(Loan.status == "active")
        found = select(Borrower).where(Borrower.id.not_in(asked), Borrower.id.in_(late))
        return session.scalars(found.order_by(Borrower.id).limit(1)).one()


def _signed_in(server: Server, page: Page, borrower: Borrower) -> Phone:
    phone = Phone(page, server, NoLooks())
    know_old_messages(phone, borrower.mobile.removeprefix("+86"))
    phone.sign_in(borrower)
    return phone


@contextmanager
def _page(browser: Browser, size: ViewportSize) -> Iterator[Page]:
    context = browser.new_context(locale="zh-CN", viewport=size, device_scale_factor=SHARPER[size["width"]])
    try:
        yield context.new_page()
    finally:
        context.close()


def _take(page: Page, name: str) -> None:
    """What fills the window, in few colours; refuses what is too heavy for a README."""
    page.evaluate("scrollTo(0, 0)")
    whole = Image.open(io.BytesIO(page.screenshot())).convert("RGB")
    whole.quantize(COLOURS).save(FOLDER / f"{name}.png", optimize=True)
    size = Path(FOLDER / f"{name}.png").stat().st_size
    assert size <= MOST_BYTES, f"{name}.png has {size} bytes"
    print(f"{name}.png  {size} bytes")


if __name__ == "__main__":
    main()
