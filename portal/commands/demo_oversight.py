"""What those who watch over staff have before them: somebody invited, roles that wait for a second person, an incident."""

from datetime import timedelta

from sqlalchemy import select

from portal.adapters.business_texts import PackagedTexts
from portal.adapters.time_codes import PyotpTimeCodes
from portal.commands.demo_desk import staff_actor
from portal.commands.demo_loans import CREDITOR
from portal.commands.demo_scene import Scene
from portal.domain.incidents import Audience, DataKind, IncidentFacts
from portal.domain.permissions import Role
from portal.models import StaffMember
from portal.services.incidents import draft_notice, record_incident
from portal.services.staff_changes import change_roles
from portal.services.staff_invitations import Wish, invite

_WRITTEN = {
    "cause": "一封发给贷款机构的对账邮件误发到了旧地址，两小时后发现。",
    "harm": "收件人可能得知您的手机号码和欠款金额，并可能据此冒充客服。",
    "measures": "已要求收件人删除并书面确认，旧地址已停用，今后对账文件一律加密。",
    "self_help": "如有人自称客服向您收款，请先在“核对短信”页面核对，不要向个人账户付款。",
    "contact": "请拨打 400-000-0000（08:30 至 20:30）。",
}


def oversee(scene: Scene) -> None:
    """孙浩 invites and asks, 吴岩 records and drafts; the other of them answers."""
    _invite(scene)
    _ask(scene)
    _record(scene)


def _invite(scene: Scene) -> None:
    wish = Wish(login="he.xin", name="何欣", number="1008", roles={Role.AGENT})
    with scene.writing() as session:
        invite(
            session,
            staff_actor(session, "sun.hao"),
            wish=wish,
            time_codes=PyotpTimeCodes(),
            now=scene.clock.now(),
        )


def _ask(scene: Scene) -> None:
    with scene.writing() as session:
        member = session.scalars(select(StaffMember).where(StaffMember.login == "chen.chen")).one()
        roles = {Role.AGENT, Role.APPROVER}
        change_roles(
            session, staff_actor(session, "sun.hao"), member=member, roles=roles, now=scene.clock.now()
        )


def _record(scene: Scene) -> None:
    now, today = scene.clock.now(), scene.clock.today()
    facts = IncidentFacts(
        found_at=now - timedelta(hours=3),
        happened_on=(now - timedelta(hours=5)).astimezone(scene.clock.zone).date(),
        kinds={DataKind.CONTACT, DataKind.LOAN},
        people=12,
        texts={"zh_CN": _WRITTEN, "en": {}},
    )
    with scene.writing() as session:
        actor = staff_actor(session, "wu.yan")
        incident = record_incident(session, actor, facts=facts, today=today, now=now)
        draft_notice(
            session,
            actor,
            incident=incident,
            audience=Audience.AUTHORITY,
            text=PackagedTexts().load("breach_notice", "zh_CN", today),
            values={
                "creditor": CREDITOR,
                "found_at": f"{facts.found_at.astimezone(scene.clock.zone):%Y-%m-%d %H:%M}",
                "happened_on": facts.happened_on.isoformat(),
                "kinds": "电话、地址、邮箱，借款与逾期",
                "people": "12",
            },
            now=now,
        )
