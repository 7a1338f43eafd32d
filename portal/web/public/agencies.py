"""The white list: agencies under contract today, for anybody (rule C20)."""

from flask import render_template

from portal.queries.agencies import agencies_under_contract
from portal.web import writes
from portal.web.access import public_page
from portal.web.public.blueprint import blueprint


@blueprint.get("/agencies")
@public_page
def agencies() -> str:
    today = writes.today()
    return render_template(
        "public/agencies.html", agencies=agencies_under_contract(writes.database(), on=today), today=today
    )
