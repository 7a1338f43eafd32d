"""A small conversation of the demo: a receipt as a photo, an answer, and thanks."""

from datetime import datetime
from io import BytesIO

from PIL import Image, ImageDraw
from sqlalchemy import select

from portal.adapters.attachments.cleaner import ChildCleaner
from portal.commands.demo_desk import staff_actor
from portal.commands.demo_people import loan_ref
from portal.commands.demo_scene import Scene, Story
from portal.commands.demo_sitting import Sitting
from portal.domain.permissions import Actor
from portal.models import Loan, Proposal
from portal.services.attachments import SentFile, add_attachment
from portal.services.references import new_public_id
from portal.services.threads import WrittenMessage, post_message


def write_to_each_other(scene: Scene, key: str, at: datetime) -> Story:
    """Once the proposal of ``key`` waits: a photo, and the answer of whoever may decide."""
    yield at
    sitting = Sitting.begin(scene, key)
    _with_photo(scene, sitting.actor, key, "您好，这是住院费用的收据。我下个月中旬复工，之后可以按方案还。")
    yield scene.days.ago(40)
    with scene.writing() as session:
        actor = staff_actor(session, "wu.yan")
    _say(scene, actor, key, "收到，谢谢您的说明。收据清楚，不用再补材料，我们会按页面上承诺的时间答复您。")
    scene.work()


def _with_photo(scene: Scene, actor: Actor, key: str, body: str) -> None:
    form_key = new_public_id()
    clean = ChildCleaner().clean(_receipt())
    consent = scene.texts.load("consents", "zh_CN", scene.clock.today())
    with scene.writing() as session:
        add_attachment(
            session,
            actor,
            about=_proposal(scene, key),
            form_key=form_key,
            body=body,
            sent=SentFile(file=clean, name="住院收据.jpg", consents=True, consent_version=consent.version),
            now=scene.clock.now(),
        )
    scene.clock.pass_by(seconds=20)
    _say(scene, actor, key, body, form_key)


def _say(scene: Scene, actor: Actor, key: str, body: str, form_key: str | None = None) -> None:
    written = WrittenMessage(form_key=form_key or new_public_id(), body=body)
    about = _proposal(scene, key)
    with scene.writing() as session:
        post_message(session, actor, about=about, written=written, now=scene.clock.now())


def _proposal(scene: Scene, key: str) -> Proposal:
    with scene.writing() as session:
        of_loan = select(Proposal).join(Loan, Loan.id == Proposal.loan_id)
        return session.scalars(of_loan.where(Loan.loan_ref == loan_ref(key))).one()


def _receipt() -> bytes:
    """A sheet with lines on it, as if photographed."""
    image = Image.new("RGB", (900, 1200), "#b9b3a8")
    draw = ImageDraw.Draw(image)
    draw.rectangle((90, 90, 810, 1110), fill="#fbfaf6")
    for row in range(12):
        draw.rectangle((150, 220 + row * 70, 150 + 420 - row % 3 * 60, 232 + row * 70), fill="#55524b")
        draw.rectangle((650, 220 + row * 70, 750, 232 + row * 70), fill="#55524b")
    out = BytesIO()
    image.save(out, "JPEG", quality=80)
    return out.getvalue()
