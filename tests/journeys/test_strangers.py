"""王强, signed in, on 李娜's addresses: what is hers is to him as if it were not there."""

import re

import pytest
from playwright.sync_api import APIResponse
from sqlalchemy import select

from portal.models import Agreement, Loan, Proposal
from tests.journeys.conftest import NewPhone, Writing
from tests.journeys.phones import Phone
from tests.journeys.servers import Server
from tests.people import Cast, add_loan

pytestmark = pytest.mark.journey
NOBODYS = "0" * 32
_VARYING = re.compile(r'name="csrf_token" value="[^"]+"|nonce="[^"]+"|\bR[2-9A-Z]{8}\b')


def test_a_stranger_sees_nothing(server: Server, cast: Cast, writing: Writing, new_phone: NewPhone) -> None:
    with writing() as session:
        add_loan(session, cast.li_na, ref="L-1001")
        add_loan(session, cast.wang_qiang, ref="L-2001")
    li_na, wang_qiang = new_phone(server), new_phone(server)
    li_na.sign_in(cast.li_na)
    li_na.propose()
    li_na.bring_up("talk")
    case = li_na.path.rsplit("/", 1)[1]
    wang_qiang.sign_in(cast.wang_qiang)
    with writing() as session:
        loan = session.scalars(select(Loan.public_id).where(Loan.loan_ref == "L-1001")).one()
        proposal = session.scalars(select(Proposal.public_id)).one()
        agreement = session.scalars(select(Agreement.public_id)).one()
    for pattern, hers in [
        ("/loans/{}", loan),
        ("/loans/{}/plan", loan),
        ("/loans/{}/pay", loan),
        ("/loans/{}/dispute", loan),
        ("/loans/{}/talk", loan),
        ("/proposals/{}", proposal),
        ("/proposals/{}/terms", proposal),
        ("/proposals/{}/preview.pdf", proposal),
        ("/proposals/{}/withdraw", proposal),
        ("/agreements/{}", agreement),
        ("/agreements/{}/agreement.pdf", agreement),
        ("/cases/{}", case),
    ]:
        foreign, missing = (ask(wang_qiang, pattern.format(whose)) for whose in (hers, NOBODYS))
        assert foreign.status == missing.status == 404, pattern
        assert said(foreign, hers) == said(missing, NOBODYS), pattern
        assert ask(li_na, pattern.format(hers)).status != 404, pattern
    wang_qiang.open(f"/agreements/{agreement}")
    wang_qiang.see("not-found")


def ask(phone: Phone, path: str) -> APIResponse:
    """As a link in the address bar would, with the telephone's own session."""
    return phone.page.context.request.get(f"{phone.server.url}{path}")


def said(answer: APIResponse, public_id: str) -> str:
    """The page, but for the address it was asked under, its form token and the number of the request."""
    return _VARYING.sub("", answer.text().replace(public_id, ""))
