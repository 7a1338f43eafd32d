"""The messages that would go out by SMS, newest first."""

from flask import render_template

from portal.queries.messages import latest_demo_messages
from portal.web import writes
from portal.web.access import demo_page
from portal.web.demo.blueprint import blueprint


@blueprint.get("/messages")
@demo_page
def messages() -> str:
    return render_template("demo/messages.html", messages=latest_demo_messages(writes.database()))
