"""The codes that a borrower would read off the phone."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.domain.one_time_codes import CodePurpose, code_of
from portal.models import OneTimeCode


def code_sent_to(session: Session, mobile: str, key: str, purpose: CodePurpose = CodePurpose.SIGN_IN) -> str:
    """The newest code for a mobile."""
    codes = session.scalars(
        select(OneTimeCode).where(OneTimeCode.purpose == purpose.value).order_by(OneTimeCode.id.desc())
    )
    return code_of(next(code.seed for code in codes if code.mobile == mobile), key)


def wrong_code(right: str) -> str:
    return f"{(int(right) + 1) % 1_000_000:06d}"
