"""Complaints, contacts that a rule refused, and contacts by the hour."""

from collections.abc import Mapping, Sequence

from flask_babel import LazyString, gettext, lazy_gettext

from portal.desk_words import CASE_TOPICS
from portal.domain.cases import CaseTopic
from portal.domain.figures import ComplaintLine, Figures
from portal.figure_tables.parts import Cell, Section, Table, names, numbers_below, sum_of
from portal.figure_tables.pictures import BarRow, bars, hours

RULES: Mapping[str, LazyString] = {
    "C01": lazy_gettext("Quiet hours by law"),
    "C02": lazy_gettext("The borrower's own hours and channels"),
    "C03": lazy_gettext("Enough conversations that day"),
    "C04": lazy_gettext("Enough unanswered calls that day"),
    "C05": lazy_gettext("Enough calls in seven days"),
    "C06": lazy_gettext("Our own cap on messages"),
    "C07": lazy_gettext("A plan is being kept, or may still be made good"),
    "C08": lazy_gettext("A plan waits for an answer"),
    "C09": lazy_gettext("A pause of contact is on"),
    "C10": lazy_gettext("The number is not the borrower's"),
    "C11": lazy_gettext("Whoever has the number does not want to be reached"),
    "C21": lazy_gettext("The loan was handed on, and the borrower was not told yet"),
    "L02": lazy_gettext("The limitation period may be over"),
    "budget": lazy_gettext("The budget for messages is spent"),
    "no_way": lazy_gettext("There is no way to send it"),
}


def complaints_section(figures: Figures) -> Section:
    title = gettext("Complaints")
    rows = [_complaint(line) for line in figures.complaints]
    words = names(
        gettext("About"),
        gettext("Came in"),
        gettext("Answered in time"),
        gettext("Answered late"),
        gettext("Open until now"),
        gettext("Of these past their time"),
        gettext("Upheld"),
        gettext("Upheld in part"),
        gettext("Not upheld"),
    )
    table = Table(
        key="complaints",
        title=title,
        columns=[words[0], *names(gettext("Came from")), *words[1:]],
        rows=rows,
        none=gettext("Nobody complained in this time."),
        total=[gettext("All"), "", *(sum_of(rows, place) for place in range(2, 10))],
        picture=bars("complaints", title, numbers_below(), _bars_of(figures.complaints), ("",)),
    )
    return Section(
        key="complaints",
        title=title,
        about=gettext(
            "Complaints that came in in this time, of borrowers and of visitors, and what became of them until now. In time is by the time "
            "that was promised."
        ),
        tables=[table],
    )


def refusals_section(figures: Figures) -> Section:
    title = gettext("Contacts that a rule refused")
    rows: list[Sequence[Cell]] = [
        [line.rule, str(RULES.get(line.rule, line.rule)), line.calls, line.messages, line.count]
        for line in figures.refusals
    ]
    words = names(gettext("Rule"), gettext("Calls"), gettext("Messages"), gettext("All"))
    table = Table(
        key="refusals",
        title=title,
        columns=[words[0], *names(gettext("What says no")), *words[1:]],
        rows=rows,
        none=gettext("No contact was refused in this time."),
        total=[gettext("All"), "", *(sum_of(rows, place) for place in (2, 3, 4))],
        picture=bars(
            "refusals",
            title,
            numbers_below(),
            [
                BarRow(
                    f"{line.rule} · {RULES.get(line.rule, line.rule)}",
                    (line.calls, line.messages),
                    (f"{gettext('Calls')} {line.calls}", f"{gettext('Messages')} {line.messages}"),
                )
                for line in figures.refusals
            ],
            (gettext("Calls"), gettext("Messages")),
        ),
    )
    return Section(
        key="refusals",
        title=title,
        about=gettext(
            "How often the contact guard said no in this time, by the rule that it named. A message that waits for the morning counts each "
            "time it is asked for."
        ),
        tables=[table],
    )


def hours_section(figures: Figures) -> Section:
    title = gettext("Contacts by the hour")
    rows: list[Sequence[Cell]] = [
        [f"{line.hour:02}:00–{line.hour:02}:59", line.calls, line.messages, line.count]
        for line in figures.hours
    ]
    has_any = any(line.count for line in figures.hours)
    table = Table(
        key="hours",
        title=title,
        columns=names(gettext("Hour of the day"), gettext("Calls"), gettext("Messages"), gettext("All")),
        rows=rows if has_any else [],
        none=gettext("Nobody was contacted in this time."),
        total=[gettext("All"), *(sum_of(rows, place) for place in (1, 2, 3))],
        picture=hours(
            "hours",
            title,
            numbers_below(),
            [(line.calls, line.messages) for line in figures.hours],
            (gettext("Calls"), gettext("Messages")),
        ),
    )
    return Section(
        key="hours",
        title=title,
        about=gettext(
            "Calls and messages of ours that went out in this time, by the hour of the lender's time zone. Between 22:00 and 08:00 only "
            "what was asked for goes out, such as codes."
        ),
        tables=[table],
    )


def _complaint(line: ComplaintLine) -> Sequence[Cell]:
    counts = (
        line.received, line.in_time, line.late, line.open, line.open_late, line.upheld, line.partly, line.not_upheld,
    )  # fmt: skip
    return [_topic(line), gettext("Visitors") if line.is_visitors else gettext("Borrowers"), *counts]


def _bars_of(lines: Sequence[ComplaintLine]) -> Sequence[BarRow]:
    return [
        BarRow(
            f"{_topic(line)} · {gettext('Visitors') if line.is_visitors else gettext('Borrowers')}",
            (line.received,),
            (str(line.received),),
        )
        for line in lines
    ]


def _topic(line: ComplaintLine) -> str:
    known = {topic.value for topic in CaseTopic}
    return str(CASE_TOPICS[CaseTopic(line.topic)]) if line.topic in known else line.topic
