"""Support calls by their pages: a caller gets to a draft on their own phone, and what an agent may never do is refused and on record."""

import re
from collections.abc import Callable, Mapping
from datetime import timedelta

import pytest
from sqlalchemy import func, select, update
from werkzeug.test import TestResponse

from portal.domain.call_outcomes import Statement
from portal.domain.events import ON_CALL_FIELDS
from portal.domain.own_record import NOT_SHOWN
from portal.domain.permissions import SYSTEM, Role
from portal.domain.support_calls import LASTS, OnlyBorrower
from portal.models import (
    Consent,
    Contact,
    Event,
    Loan,
    NumberChange,
    OneTimeCode,
    Proposal,
    ProposalVersion,
    StaffMember,
    StaffRelation,
    SupportCall,
    SupportDraft,
)
from portal.queries.own_record import whole_record
from portal.services.stopped_numbers import Day, hash_of, stop_number
from portal.web.review.support.borrowers_pages import ACTS_OF_PAGES
from portal.web.review.support.within import ONLY_BORROWERS_FIELDS
from tests.checked_client import CheckedClient, form_of
from tests.clocks import HandClock
from tests.integration.web.conftest import HASH_KEY, BorrowerClient, Writing
from tests.integration.web.review.conftest import StaffClient
from tests.people import NOW, TODAY, Cast, add_loan, add_staff
from tests.stories import ZONE

EVERY = [each.value for each in Statement]


def text_of(answer: TestResponse) -> str:
    return answer.get_data(as_text=True)


def shown_text(answer: TestResponse) -> str:
    return re.sub(r"<[^>]+>", " ", text_of(answer))


class Line:
    """陈晨 at the desk and 李娜 with her phone."""

    def __init__(self, desk: CheckedClient, phone: CheckedClient, clock: HandClock) -> None:
        self.desk, self.phone, self.clock = desk, phone, clock
        self.path = ""

    def start(self, number: str = "13800138001") -> str:
        answer = self.desk.submit("/desk/support", {"number": number, "reason": "make_plan"})
        assert answer.status_code == 303, text_of(answer)
        self.path = answer.location
        return self.path

    def say(self) -> None:
        self.post("said", statements=EVERY)

    def read_out(self) -> str:
        self.post("number")
        found = re.search(r"\b(\d{4}) (\d{4})\b", shown_text(self.desk.get(self.path)))
        assert found is not None
        return found.group(1) + found.group(2)

    def allow(self, level: str) -> None:
        assert self.phone.submit("/support-call", {"number": self.read_out()}).status_code == 303
        assert (
            self.phone.submit("/support-call", {"level": level}, action="/support-call/allow").status_code
            == 303
        )

    def agree(self, level: str = "consented") -> None:
        self.start()
        self.say()
        self.allow(level)

    def post(self, act: str, **data: object) -> TestResponse:
        token = form_of(text_of(self.desk.get("/desk/support")), "/desk/support")[1]["csrf_token"]
        return self.desk.post(f"{self.path}/{act}", data={"csrf_token": token, **data})

    def draft(self, loan: Loan) -> str:
        drafted = self.post(f"loans/{loan.public_id}/draft")
        assert drafted.status_code == 303, text_of(drafted)
        path: str = drafted.location
        inside = path.removeprefix(f"{self.path}/")
        assert (
            self.post(f"{inside}/need", need="monthly", monthly="900", every="1 month", day="20").status_code
            == 303
        )
        key = re.search(r'name="plan" value="([^"]+)"', text_of(self.desk.get(path)))
        assert key is not None
        assert self.post(f"{inside}/choice", plan=key.group(1)).status_code == 303
        return inside


@pytest.fixture
def loan(cast: Cast, writing: Writing) -> Loan:
    with writing() as session:
        return add_loan(session, cast.li_na, ref="L-1001")


@pytest.fixture
def line(
    cast: Cast, loan: Loan, staff_client: StaffClient, borrower_client: BorrowerClient, clock: HandClock
) -> Line:
    del loan
    return Line(staff_client(cast.chen_chen), borrower_client(cast.li_na), clock)


def events(writing: Writing, name: str) -> list[Event]:
    with writing() as session:
        return list(session.scalars(select(Event).where(Event.name == name).order_by(Event.id)))


def test_the_answer_is_the_same_for_known_and_unknown_numbers(line: Line, writing: Writing) -> None:
    pages = []
    for number in ("13800138001", "13900139009", "L-1001", "L-9999", ""):
        page = shown_text(line.desk.get(line.start(number)))
        pages.append(re.sub(r"\d{1,2}:\d{2}|\d{4} \d{4}", "", page))
        line.post("wrap-up", outcome="broken_off")
    assert len(set(pages)) == 1
    with writing() as session:
        found = session.scalars(select(SupportCall.sought_borrower_id).order_by(SupportCall.id)).all()
    assert [each is not None for each in found] == [True, False, True, False, False]


def test_look_ups_that_are_refused_count_and_stand_with_whom_they_found(
    line: Line, cast: Cast, writing: Writing
) -> None:
    with writing() as session:
        session.add(
            StaffRelation(
                staff_member_id=cast.chen_chen.id, borrower_id=cast.li_na.id, kind="close", made_at=NOW
            )
        )
    wish = {"number": "13800138001", "reason": "make_plan", "direction": "in"}
    for _ in range(40):
        assert line.desk.submit("/desk/support", wish).status_code == 403
    refused = line.desk.submit("/desk/support", {**wish, "number": "13900139009"})
    assert refused.status_code not in {303, 403}
    found = [(event.fields["code"], event.borrower_id) for event in events(writing, "support:act_refused")]
    assert found == [("related_case", cast.li_na.id)] * 40 + [("too_many_searches", None)]


def test_a_call_to_a_number_that_was_stopped_does_not_begin(line: Line, cast: Cast, writing: Writing) -> None:
    """Found by the key of hashes, which is not the secret here; a call that comes in is taken."""
    with writing() as session:
        day = Day(today=TODAY, zone=ZONE)
        stop_number(session, SYSTEM, mobile=cast.li_na.mobile, key=HASH_KEY, day=day, now=NOW)
    wish = {"number": "13800138001", "reason": "make_plan", "direction": "out"}
    refused = line.desk.submit("/desk/support", wish)
    assert refused.status_code == 422
    assert "这个号码现在不能拨出电话" in shown_text(refused)
    assert "C11" not in shown_text(refused)
    [event] = events(writing, "support:act_refused")
    assert (event.fields["code"], event.borrower_id) == ("no_call_now", cast.li_na.id)
    line.start()
    with writing() as session:
        kept = session.scalars(select(Contact.number_hash)).all()
    assert kept == [hash_of(cast.li_na.mobile, HASH_KEY)]


def test_nothing_personal_shows_before_it_is_allowed(line: Line, cast: Cast) -> None:
    line.start()
    line.say()
    line.read_out()
    page = text_of(line.desk.get(line.path))
    assert cast.li_na.name not in page
    assert "8001" not in shown_text(line.desk.get(line.path))
    assert line.desk.get(f"{line.path}/situation").status_code == 403


def test_no_sum_shows_before_the_three_statements(line: Line) -> None:
    line.start()
    line.allow("proven")
    assert line.desk.get(f"{line.path}/situation").status_code == 422
    line.say()
    page = shown_text(line.desk.get(f"{line.path}/situation"))
    assert "L-1001" in page
    assert "138****8001" in page
    assert "李*" in page
    assert "李娜" not in page


def test_the_borrower_sees_who_and_why_and_that_nothing_is_allowed_yet(line: Line) -> None:
    line.start()
    line.phone.submit("/support-call", {"number": line.read_out()})
    page = shown_text(line.phone.get("/support-call"))
    for words in ("1001", "想申请还款方案", "没有允许任何事"):
        assert words in page


def test_from_hello_to_a_draft_on_the_phone(line: Line, loan: Loan, writing: Writing) -> None:
    line.agree()
    inside = line.draft(loan)
    assert line.post(f"{inside}/hand-over").status_code == 303
    with writing() as session:
        proposal = session.scalars(select(Proposal)).one()
        chen_chen = session.scalars(select(StaffMember).where(StaffMember.number == "1001")).one()
        assert (proposal.status, proposal.drafted_by_staff_id) == ("draft", chen_chen.id)
    page = shown_text(line.phone.get(f"/proposals/{proposal.public_id}"))
    assert "电话里和您一起准备的" in page
    assert "1001" in page
    with writing() as session:
        kept = session.scalars(select(SupportDraft)).one()
        assert kept.handed_over_at is not None
        assert kept.signable_at == kept.handed_over_at + timedelta(minutes=10)


def test_the_guide_stands_beside_every_page_of_the_borrowers(
    line: Line, loan: Loan, writing: Writing
) -> None:
    line.agree()
    inside = line.draft(loan)
    with writing() as session:
        proposal = session.scalars(select(Proposal.public_id)).one()
    for page in ("situation", f"loans/{loan.public_id}", f"proposals/{proposal}", inside, f"{inside}/own"):
        assert "您慢慢说，我在听" in shown_text(line.desk.get(f"{line.path}/{page}?situation=upset")), page


def test_a_change_takes_it_back_until_it_is_handed_over_again(
    line: Line, loan: Loan, writing: Writing
) -> None:
    line.agree()
    inside = line.draft(loan)
    line.post(f"{inside}/hand-over")
    line.post(f"{inside}/need", need="pause")
    with writing() as session:
        assert session.scalars(select(SupportDraft)).one().handed_over_at is None
    line.post(f"{inside}/hand-over")
    with writing() as session:
        assert session.scalars(select(SupportDraft)).one().handed_over_at is None


PAGES: Mapping[OnlyBorrower, tuple[str, str, Mapping[str, str]]] = {
    OnlyBorrower.SIGN: ("/proposals/{}/sign", "/proposals/{}/sign", {"knows_limitation": "y"}),
    OnlyBorrower.ENTER_SIGNING_CODE: ("/proposals/{}/sign", "/proposals/{}/sign", {"code": "123456"}),
    OnlyBorrower.ASK_SIGNING_CODE: ("/proposals/{}/sign", "/proposals/{}/sign/code", {}),
    OnlyBorrower.SEE_CODE: ("/record/messages", "", {}),
    OnlyBorrower.CONFIRM_DISCLOSURE: (
        "/proposals/{}/disclosure",
        "/proposals/{}/disclosure",
        {"act": "confirm", "reading": "x"},
    ),
    OnlyBorrower.TICK_TERMS: ("/proposals/{}/terms", "/proposals/{}/terms", {"terms": "breach"}),
    OnlyBorrower.GIVE_CONSENT: ("/record/contact", "/record/contact", {"consents": "y", "channels": "sms"}),
    OnlyBorrower.WITHDRAW_CONSENT: ("/record/consents", "/record/consents/withdraw", {"kind": "hardship"}),
    OnlyBorrower.CHANGE_NUMBER: (
        "/proposals/{}",
        "/new-number",
        {"old": "13800138001", "ending": "1001", "new": "13900139009"},
    ),
    OnlyBorrower.ANSWER_COUNTER: ("/proposals/{}/offer/no", "/proposals/{}/offer/no", {}),
    OnlyBorrower.WITHDRAW_PLAN: ("/proposals/{}/withdraw", "/proposals/{}/withdraw", {}),
    OnlyBorrower.ALLOW_CALL: ("/support-call", "/support-call/allow", {"level": "consented"}),
    OnlyBorrower.ACT_AS_THEM: ("/", "/sign-in", {"mobile": "13800138001"}),
}
"""Where a borrower does it: their page, where its form goes, and what the form sends."""


def by_page(line: Line, act: OnlyBorrower, loan: Loan) -> TestResponse:
    """The borrower's own page, opened and used in the desk's browser in the middle of the call."""
    proposal = line.draft(loan).removeprefix("drafts/")
    page, form, fields = PAGES[act]
    opened = line.desk.get(page.format(proposal))
    assert opened.status_code == 403
    assert "L-1001" not in text_of(opened)
    if not form:
        return opened
    token = form_of(text_of(line.desk.get("/sign-in")))[1]["csrf_token"]
    return line.desk.post(form.format(proposal), data={"csrf_token": token, **fields})


def directly(line: Line, act: OnlyBorrower, loan: Loan) -> TestResponse:
    del loan
    return line.post(f"only-borrower/{act.value}", code="123456")


def in_anothers(line: Line, act: OnlyBorrower, loan: Loan) -> TestResponse:
    """A colleague's call, by its token."""
    del loan
    return line.post(f"only-borrower/{act.value}")


@pytest.mark.parametrize("way", [by_page, directly, in_anothers])
@pytest.mark.parametrize("act", OnlyBorrower)
def test_what_only_the_borrower_does_is_refused_and_on_record(
    line: Line,
    loan: Loan,
    cast: Cast,
    writing: Writing,
    staff_client: StaffClient,
    act: OnlyBorrower,
    way: Callable[[Line, OnlyBorrower, Loan], TestResponse],
) -> None:
    line.agree()
    with writing() as session:
        call = session.scalars(select(SupportCall)).one()
        if way is in_anothers:
            colleague = add_staff(session, "1021", "other.agent", "另一位", Role.AGENT)
    if way is in_anothers:
        line.desk = staff_client(colleague)
    before = _untouched(writing)
    answer = way(line, act, loan)
    assert answer.status_code == (404 if way is in_anothers else 403)
    assert _untouched(writing) == before
    told = events(writing, "support:act_refused")
    assert {event.borrower_id for event in told} == {cast.li_na.id}
    assert len(told) == (2 if way is by_page and PAGES[act][1] else 1)
    fields = told[-1].fields
    assert (fields["act"], fields["code"]) == (act.value, _code(act, way))
    assert fields["support_call_id"] == call.id
    page = shown_text(line.phone.get("/record?kind=look"))
    assert "已被拒绝" in page


@pytest.mark.parametrize(("name", "act"), ONLY_BORROWERS_FIELDS.items())
def test_a_field_of_the_borrowers_forms_is_refused_in_the_desks(
    line: Line, loan: Loan, writing: Writing, name: str, act: OnlyBorrower
) -> None:
    line.agree()
    inside = line.draft(loan)
    before = _untouched(writing)
    assert line.post(f"{inside}/need", need="pause", **{name: "123456"}).status_code == 403
    assert _untouched(writing) == before
    assert [event.fields["act"] for event in events(writing, "support:act_refused")] == [act.value]


def _code(act: OnlyBorrower, way: Callable[[Line, OnlyBorrower, Loan], TestResponse]) -> str:
    if way is by_page:
        return "borrowers_page_on_call"
    if way is in_anothers:
        return "support_not_your_call"
    return "no_code_for_staff" if act.value.endswith("code") else "only_the_borrower"


def _untouched(writing: Writing) -> tuple[int, ...]:
    """What an agent could have made: codes, consents, numbers, signatures, ticks, permissions, sent plans."""
    with writing() as session:
        counts = [select(func.count()).select_from(table) for table in (OneTimeCode, Consent, NumberChange)]
        signed = select(func.count()).where(ProposalVersion.signed_at.is_not(None))
        sent = select(func.count()).where(Proposal.status != "draft")
        levels = select(func.count()).where(SupportCall.level == "consented")
        return tuple(session.scalar(each) or 0 for each in (*counts, signed, sent, levels))


def test_without_a_call_a_borrowers_page_leads_the_desk_to_the_sign_in(line: Line, writing: Writing) -> None:
    for page in ("/", "/record", "/support-call"):
        answer = line.desk.get(page)
        assert answer.status_code == 303
        assert answer.location.startswith("/sign-in")
    assert events(writing, "support:act_refused") == []


def test_a_borrower_who_sits_at_the_agents_machine_goes_on_after_the_call(
    line: Line, cast: Cast, borrower_client: BorrowerClient, writing: Writing
) -> None:
    at_the_desk = borrower_client(cast.wang_qiang)
    line.agree()
    cookie = line.desk.get_cookie("__Host-desk")
    assert cookie is not None
    at_the_desk.set_cookie("__Host-desk", cookie.value)
    refused = at_the_desk.get("/record")
    assert refused.status_code == 403
    assert "通话期间" in shown_text(refused)
    assert events(writing, "support:act_refused")[0].borrower_id == cast.li_na.id
    line.post("end")
    assert at_the_desk.get("/record").status_code == 200


def test_every_act_of_the_borrowers_has_its_page() -> None:
    assert PAGES.keys() == set(OnlyBorrower)
    assert set(ACTS_OF_PAGES.values()) | {OnlyBorrower.ENTER_SIGNING_CODE, OnlyBorrower.ACT_AS_THEM} == set(
        OnlyBorrower
    )


def ended_by_clock(line: Line, writing: Writing) -> None:
    del writing
    for _ in range(3):  # nobody is signed out meanwhile
        line.clock.move_on(seconds=LASTS.total_seconds() / 3)
        line.desk.get("/desk/me")
        line.phone.get("/record")


def ended_by_borrower(line: Line, writing: Writing) -> None:
    del writing
    line.phone.submit("/support-call", {}, action="/support-call/end")


def ended_by_sign_out(line: Line, writing: Writing) -> None:
    del writing
    line.desk.submit("/desk/support", {}, action="/desk/sign-out")


def ended_by_role(line: Line, writing: Writing) -> None:
    del line
    with writing() as session:
        session.execute(
            update(StaffMember).where(StaffMember.number == "1001").values(roles=[Role.COLLECTOR.value])
        )


def ended_by_disabling(line: Line, writing: Writing) -> None:
    del line
    with writing() as session:
        session.execute(
            update(StaffMember).where(StaffMember.number == "1001").values(disabled_at=func.now())
        )


@pytest.mark.parametrize(
    ("end", "by"),
    [
        (ended_by_clock, "clock"),
        (ended_by_borrower, "borrower"),
        (ended_by_sign_out, "sign_out"),
        (ended_by_role, "role_removed"),
        (ended_by_disabling, "role_removed"),
    ],
)
def test_what_is_over_shows_nothing_more_and_lets_nothing_be_done(
    line: Line, loan: Loan, writing: Writing, end: Callable[[Line, Writing], None], by: str
) -> None:
    line.agree()
    inside = line.draft(loan)
    end(line, writing)
    for path in ("situation", inside, f"loans/{loan.public_id}"):
        page = line.desk.get(f"{line.path}/{path}")
        assert page.status_code in {303, 403}
        assert "L-1001" not in text_of(page)
    line.phone.get("/support-call")
    assert "您和客服的通话" not in shown_text(line.phone.get("/support-call"))
    if by != "sign_out":
        line.desk.get(line.path)
    with writing() as session:
        call = session.scalars(select(SupportCall)).one()
        if call.ended_by is None:  # nobody who may asks any more: the worker does
            assert by == "role_removed"
        else:
            assert call.ended_by == by


def test_a_second_borrower_ends_it(
    line: Line, cast: Cast, borrower_client: BorrowerClient, writing: Writing
) -> None:
    line.start()
    stranger = borrower_client(cast.wang_qiang)
    answer = stranger.submit("/support-call", {"number": line.read_out()})
    assert answer.status_code == 422
    assert "1001" not in shown_text(answer)
    with writing() as session:
        assert session.scalars(select(SupportCall)).one().ended_by == "other_borrower"
    assert "别人输入了这个号码" in shown_text(line.desk.get(line.path))


def test_the_borrowers_record_is_the_whole_call(line: Line, loan: Loan, cast: Cast, writing: Writing) -> None:
    with writing() as session:
        last = session.scalar(select(func.max(Event.id)))
    line.agree()
    line.desk.get(f"{line.path}/situation")
    line.desk.get(f"{line.path}/loans/{loan.public_id}")
    inside = line.draft(loan)
    line.post("extend")
    line.post(f"{inside}/hand-over")
    line.post("only-borrower/sign")
    line.post("end")
    with writing() as session:
        call = session.scalars(select(SupportCall)).one()
        made = session.scalars(select(Event).where(Event.id > last).order_by(Event.id)).all()
        own = {line.id for line in whole_record(session, cast.li_na.id)}
    assert len(made) >= 18
    for event in made:
        assert event.borrower_id == cast.li_na.id, event.name
        assert {name: event.fields.get(name) for name in ON_CALL_FIELDS} == {
            "support_call_id": call.id,
            "support_agent_id": call.staff_id,
            "support_reason": "make_plan",
        }, event.name
    assert {event.id for event in made if event.name not in NOT_SHOWN} <= own
    assert {event.name for event in made} & NOT_SHOWN.keys() == set()
    page = shown_text(line.phone.get("/record?kind=look"))
    for words in ("您的首页", "一笔借款的页面", "正在准备的方案", "1001", "想申请还款方案"):
        assert words in page
