"""Where a request comes from, for codes and limits."""

from flask import request

from portal.services.one_time_codes import CodeDoor
from portal.web import writes


def code_door() -> CodeDoor:
    return CodeDoor(key=writes.portal().config.secret_key, address=request.remote_addr or "")
