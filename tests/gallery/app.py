"""A small application that shows every component on one page: for the tests of the look, and to look at while changing it."""

from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from types import SimpleNamespace
from zoneinfo import ZoneInfo

from flask import Blueprint, Flask, Response, render_template, request
from flask_wtf import CSRFProtect
from jinja2 import ChoiceLoader, FileSystemLoader, StrictUndefined
from wtforms import (
    BooleanField,
    DateField,
    FileField,
    Form,
    PasswordField,
    RadioField,
    SelectField,
    SelectMultipleField,
    StringField,
    TextAreaField,
)
from wtforms.fields.choices import SelectChoice
from wtforms.validators import InputRequired

from portal.domain.loans import Components
from portal.i18n import init_i18n
from portal.web.addresses import init_addresses
from portal.web.page_style import init_page_style

HERE = Path(__file__).parent
PORTAL = HERE.parent.parent / "portal"

WORDS = {
    "zh_CN": {
        "heading": "您每个月可以还多少？",
        "overdue": "今天需要还清的逾期金额",
        "late": "已逾期 42 天",
        "plan": "制定还款方案",
        "plan_hint": "大约三分钟，随时可以停下",
        "pay": "现在还款",
        "sentence": "请按自己的实际情况填写，不确定的地方可以先空着。",
        "wrong": "请填写金额，例如 500 或 500.50",
    },
    "en": {
        "heading": "How much can you manage each month?",
        "overdue": "Overdue today",
        "late": "42 days late",
        "plan": "Make a plan",
        "plan_hint": "About three minutes, stop whenever you like",
        "pay": "Pay now",
        "sentence": "Answer as things really are; leave out what you are not sure about.",
        "wrong": "Enter an amount, such as 500 or 500.50",
    },
}


@dataclass(frozen=True, slots=True)
class Row:
    number: int
    due_on: date
    parts: Components

    @property
    def due(self) -> int:
        return self.parts.total


ROWS = [
    Row(n, date(2026, n, 28), Components(principal=100_000, interest=600 * n, penalty=50))
    for n in range(1, 4)
]


def gallery_form(words: dict[str, str]) -> type[Form]:
    required = [InputRequired(words["wrong"])]
    choices = [
        SelectChoice("income", words["overdue"]),
        SelectChoice("illness", words["plan"]),
        SelectChoice("other", words["pay"]),
    ]

    class GalleryForm(Form):
        mobile = StringField(words["pay"], required)
        code = StringField(words["plan"], required)
        sum = StringField(words["overdue"], required)
        name = StringField(words["plan"], required)
        password = PasswordField(words["pay"], required)
        day = DateField(words["overdue"], required)
        kind = SelectField(words["plan"], required, choices=choices)
        reason = RadioField(words["heading"], required, choices=choices)
        reasons = SelectMultipleField(words["heading"], required, choices=choices)
        agree = BooleanField(words["sentence"], required)
        story = TextAreaField(words["plan"], required)
        file = FileField(words["pay"], required)

    return GalleryForm


def create_gallery() -> Flask:
    """Pages ``/borrower`` (a POST shows everything wrong), ``/desk`` and ``/errors/…``; ``?locale=en`` and ``?elder=1`` change the view."""
    app = Flask("gallery", static_folder=str(PORTAL / "static"), template_folder=str(PORTAL / "templates"))
    app.config.update(
        SECRET_KEY="gallery" * 8, WTF_CSRF_ENABLED=True, WTF_CSRF_CHECK_DEFAULT=False, TESTING=True
    )
    app.jinja_env.undefined = StrictUndefined
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    app.jinja_loader = ChoiceLoader([FileSystemLoader(PORTAL / "templates"), FileSystemLoader(HERE)])
    CSRFProtect(app)
    init_i18n(app, zone=ZoneInfo("Asia/Shanghai"), default="zh_CN", selector=locale)
    init_addresses(app)
    init_page_style(app)
    app.context_processor(context)
    app.add_url_rule("/<path:page>", "show", show, methods=["GET", "POST"])
    public = Blueprint("public", __name__)
    public.add_url_rule("/language", "set_language", show, methods=["POST"])
    public.add_url_rule("/desk/language", "set_desk_language", show, methods=["POST"])
    public.add_url_rule("/view", "set_view", show, methods=["POST"])
    app.register_blueprint(public)
    app.after_request(add_policy)
    return app


def locale() -> str:
    return request.args.get("locale", "zh_CN")


def context() -> dict[str, object]:
    return {
        "lang": locale().replace("_", "-"),
        "elder_view": "elder" in request.args,
        "here": request.path,
        "home_url": "/borrower",
        "complaint_url": "/complaint",
        "sign_out_url": "/sign-out",
        "support_phone": "400-000-0000",
        "support_hours": "08:30-20:30",
        "product_creditor": "安心消费金融",
        "person": SimpleNamespace(name="周敏"),
        "request_id": "0192f7c4",
        "megabytes": 10,
        "typed": [("body", WORDS[locale()]["sentence"])],
        "texts": [WORDS[locale()]["sentence"]],
        "can_be_sent": True,
        "action": "/complaint",
    }


def show(page: str) -> str:
    words = WORDS[locale()]
    form = gallery_form(words)(request.form if request.method == "POST" else None)
    if request.method == "POST":
        form.validate()
    moment = datetime(2026, 11, 5, 10, 0, tzinfo=UTC)
    parts = Components(principal=1_000_000, interest=200_000, penalty=34_567)
    return render_template(
        f"{page}.html", form=form, words=words, parts=parts, rows=ROWS, day=date(2026, 9, 20), moment=moment
    )


def add_policy(answer: Response) -> Response:
    answer.headers["Content-Security-Policy"] = (
        "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; connect-src 'self'"
    )
    return answer


if __name__ == "__main__":
    create_gallery().run(port=8123)
