"""Codes of the demo's past, read off the telephone and typed in; and the ending of the ID."""

from portal.commands.demo_scene import Scene
from portal.domain.one_time_codes import code_of
from portal.domain.permissions import Actor, ActorKind
from portal.models import Borrower, OneTimeCode
from portal.services.one_time_codes import CodeOrder, check_code, send_code
from portal.services.sign_in import check_ending


def prove(scene: Scene, actor: Actor, order: CodeOrder) -> int:
    """Ask for a code, read it off the telephone, type it in; its id."""
    clock = scene.clock
    with scene.writing() as session:
        sending = send_code(session, actor, order=order, door=scene.door, now=clock.now())
    scene.work()
    clock.pass_by(seconds=25)
    with scene.writing() as session:
        verdict = check_code(
            session,
            actor,
            purpose=order.purpose,
            target=order.target,
            typed=code_of(session.get_one(OneTimeCode, sending.code_id).seed, scene.door.key),
            door=scene.door,
            now=clock.now(),
        )
    assert verdict.code_id is not None, verdict
    return verdict.code_id


def tell_ending(scene: Scene, borrower: Borrower, session_key: str) -> None:
    scene.clock.pass_by(seconds=10)
    with scene.writing() as session:
        verdict = check_ending(
            session,
            Actor(ActorKind.PUBLIC, session_key=session_key),
            mobile=borrower.mobile,
            typed=borrower.id_last4,
            key=scene.door.hash_key,
            now=scene.clock.now(),
        )
    assert verdict.borrower_id == borrower.id
