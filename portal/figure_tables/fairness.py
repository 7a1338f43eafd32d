"""Approvals and declines by age and by sex, with intervals, and the warning where a gap is larger than chance."""

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence

from flask_babel import LazyString, gettext, lazy_gettext

from portal.domain.fairness import (
    AgeBand,
    Counted,
    GroupFinding,
    Sex,
    age_band,
    compare_groups,
    sex_of,
)
from portal.domain.figures import FairnessLine, Figures
from portal.figure_tables.parts import Cell, Percent, Section, Table, names, numbers_below
from portal.figure_tables.pictures import ShareRow, shares

AGE_BANDS: Mapping[str, LazyString | str] = {
    **{band.value: band.value.replace("-", "–") for band in AgeBand},
    AgeBand.FROM_65.value: lazy_gettext("65 and over"),
    AgeBand.UNKNOWN.value: lazy_gettext("Not known"),
}
SEXES: Mapping[str, LazyString | str] = {
    Sex.FEMALE.value: lazy_gettext("Women"),
    Sex.MALE.value: lazy_gettext("Men"),
    Sex.UNKNOWN.value: lazy_gettext("Not known"),
}


def fairness_section(figures: Figures, *, in_year: int) -> Section:
    """By age (reached in ``in_year``) and by sex; all decisions, and those of people alone."""
    lines, of_people = figures.fairness, [line for line in figures.fairness if not line.by_policy]
    wanted = (
        ("fairness_age", gettext("By age, all decisions"), lines, _by_age(in_year), AGE_BANDS),
        (
            "fairness_age_people",
            gettext("By age, decisions of people"),
            of_people,
            _by_age(in_year),
            AGE_BANDS,
        ),
        ("fairness_sex", gettext("By sex, all decisions"), lines, _by_sex, SEXES),
        ("fairness_sex_people", gettext("By sex, decisions of people"), of_people, _by_sex, SEXES),
    )
    told = [(key, title, _findings(of, group_of, words), words) for key, title, of, group_of, words in wanted]
    return Section(
        key="fairness",
        title=gettext("Fairness"),
        about=gettext(
            "Approvals (by policy or by people) and declines that took effect in this time, by the age reached in the year of its last day "
            "and by the sex that the loan book states. From and to: where the share lies at 95 percent (Wilson). Each group is compared "
            "with all others (Fisher's exact test, Holm's correction for looking at several). Fewer than 10 decisions are too few to say. "
            "A gap is no proof of unfairness; it says where somebody has to look."
        ),
        tables=[_table(key, title, findings, words) for key, title, findings, words in told],
        warnings=[warning for told_of in told for warning in _warnings(*told_of)],
    )


def _findings(
    lines: Sequence[FairnessLine],
    group_of: Callable[[FairnessLine], str],
    words: Mapping[str, LazyString | str],
) -> Sequence[GroupFinding]:
    counts = defaultdict[str, Counted](Counted)
    for line in lines:
        counts[group_of(line)] += Counted(line.approved, line.declined)
    return compare_groups(counts, order=words) if lines else []


def _table(
    key: str, title: str, findings: Sequence[GroupFinding], words: Mapping[str, LazyString | str]
) -> Table:
    columns = names(
        gettext("Group"),
        gettext("Approved"),
        gettext("Declined"),
        gettext("Approved, %"),
        gettext("from, %"),
        gettext("to, %"),
        gettext("Gap to all others, points"),
        gettext("Chance alone makes such a gap, %"),
    )
    return Table(
        key=key,
        title=title,
        columns=[*columns, *names(gettext("What it says"))],
        rows=[_row(finding, words) for finding in findings],
        none=gettext("Nothing was approved or declined in this time."),
        picture=shares(key, title, numbers_below(), list(_shares(findings, words))),
    )


def _row(finding: GroupFinding, words: Mapping[str, LazyString | str]) -> Sequence[Cell]:
    name = str(words[finding.group])
    if finding.is_too_few or finding.interval is None or finding.approved_share is None:
        few = ["–", "–"] if finding.counted.decided else [0, 0]
        return [name, *few, "–", "–", "–", "–", "–", gettext("Too few to say")]
    return [
        name,
        finding.counted.approved,
        finding.counted.declined,
        Percent(finding.approved_share),
        Percent(finding.interval.low),
        Percent(finding.interval.high),
        "–" if finding.gap is None else Percent(finding.gap, is_signed=True),
        "–" if finding.chance is None else Percent(finding.chance),
        _verdict(finding),
    ]


def _verdict(finding: GroupFinding) -> str:
    if finding.chance is None:
        return str(gettext("Not compared"))
    if finding.is_beyond_chance:
        return str(gettext("Larger than chance"))
    return str(gettext("Within chance"))


def _shares(findings: Sequence[GroupFinding], words: Mapping[str, LazyString | str]) -> Iterator[ShareRow]:
    for finding in findings:
        if finding.interval is not None and finding.approved_share is not None:
            interval, share = finding.interval, Percent(finding.approved_share)
            told = f"{share} ({Percent(interval.low)}–{Percent(interval.high)})"
            mark = " ⚠" if finding.is_beyond_chance else ""
            yield ShareRow(
                str(words[finding.group]), told + mark, finding.approved_share, interval.low, interval.high
            )


def _warnings(
    _key: str, title: str, findings: Sequence[GroupFinding], words: Mapping[str, LazyString | str]
) -> Iterator[str]:
    for finding in findings:
        if finding.is_beyond_chance and finding.gap is not None:
            yield str(
                gettext(
                    "%(table)s, %(group)s: approved %(gap)s points against all others, larger than chance. Please look into it.",
                    table=title,
                    group=words[finding.group],
                    gap=f"{round(finding.gap * 100, 1):+.1f}",
                )
            )


def _by_age(in_year: int) -> Callable[[FairnessLine], str]:
    return lambda line: age_band(line.birth_year, in_year=in_year).value


def _by_sex(line: FairnessLine) -> str:
    return sex_of(line.sex).value
