"""No code arrives: what to do, in which order, and the ways on. The same page for every number."""

from flask import render_template

from portal.web.access import public_page
from portal.web.borrower.blueprint import blueprint
from portal.web.borrower.sign_in.progress import Progress


@blueprint.get("/sign-in/no-code")
@public_page
def no_code() -> str:
    return render_template("borrower/sign_in/no_code.html", progress=Progress.find())
