"""The table of the security standard: no number left out, nothing named that is not there; and rules that no page shows."""

import re
from dataclasses import replace
from functools import cache
from pathlib import Path

import pytest

from portal.config import Config, ConfigError

ROOT = Path(__file__).resolve().parent.parent
TABLE = ROOT / "docs" / "asvs.md"
LEVEL_1 = """
1.2.1 1.2.2 1.2.3 1.2.4 1.2.5 1.3.1 1.3.2 1.5.1 2.1.1 2.2.1 2.2.2 2.3.1 3.2.1 3.2.2 3.3.1 3.4.1
3.4.2 3.5.1 3.5.2 3.5.3 4.1.1 4.4.1 5.2.1 5.2.2 5.3.1 5.3.2 6.1.1 6.2.1 6.2.2 6.2.3 6.2.4 6.2.5
6.2.6 6.2.7 6.2.8 6.3.1 6.3.2 6.4.1 6.4.2 7.2.1 7.2.2 7.2.3 7.2.4 7.4.1 7.4.2 8.1.1 8.2.1 8.2.2
8.3.1 9.1.1 9.1.2 9.1.3 9.2.1 10.4.1 10.4.2 10.4.3 10.4.4 10.4.5 11.3.1 11.3.2 11.4.1 12.1.1 12.2.1
12.2.2 13.4.1 14.2.1 14.3.1 15.1.1 15.2.1 15.3.1
"""
LEVEL_2 = """
1.1.1 1.1.2 1.2.6 1.2.7 1.2.8 1.2.9 1.3.3 1.3.4 1.3.5 1.3.6 1.3.7 1.3.8 1.3.9 1.3.10 1.3.11 1.4.1
1.4.2 1.4.3 1.5.2 2.1.2 2.1.3 2.2.3 2.3.2 2.3.3 2.3.4 2.4.1 3.3.2 3.3.3 3.3.4 3.4.3 3.4.4 3.4.5
3.4.6 3.5.4 3.5.5 3.7.1 3.7.2 4.1.2 4.1.3 4.2.1 4.3.1 4.3.2 4.4.2 4.4.3 4.4.4 5.1.1 5.2.3 5.4.1
5.4.2 5.4.3 6.1.2 6.1.3 6.2.9 6.2.10 6.2.11 6.2.12 6.3.3 6.3.4 6.4.3 6.4.4 6.5.1 6.5.2 6.5.3 6.5.4
6.5.5 6.6.1 6.6.2 6.6.3 6.8.1 6.8.2 6.8.3 6.8.4 7.1.1 7.1.2 7.1.3 7.3.1 7.3.2 7.4.3 7.4.4 7.4.5
7.5.1 7.5.2 7.6.1 7.6.2 8.1.2 8.2.3 8.4.1 9.2.2 9.2.3 9.2.4 10.1.1 10.1.2 10.2.1 10.2.2 10.3.1
10.3.2 10.3.3 10.3.4 10.4.6 10.4.7 10.4.8 10.4.9 10.4.10 10.4.11 10.5.1 10.5.2 10.5.3 10.5.4 10.5.5
10.6.1 10.6.2 10.7.1 10.7.2 10.7.3 11.1.1 11.1.2 11.2.1 11.2.2 11.2.3 11.3.3 11.4.2 11.4.3 11.4.4
11.5.1 11.6.1 12.1.2 12.1.3 12.3.1 12.3.2 12.3.3 12.3.4 13.1.1 13.2.1 13.2.2 13.2.3 13.2.4 13.2.5
13.3.1 13.3.2 13.4.2 13.4.3 13.4.4 13.4.5 14.1.1 14.1.2 14.2.2 14.2.3 14.2.4 14.3.2 14.3.3 15.1.2
15.1.3 15.2.2 15.2.3 15.3.2 15.3.3 15.3.4 15.3.5 15.3.6 15.3.7 16.1.1 16.2.1 16.2.2 16.2.3 16.2.4
16.2.5 16.3.1 16.3.2 16.3.3 16.3.4 16.4.1 16.4.2 16.4.3 16.5.1 16.5.2 16.5.3 17.1.1 17.2.1 17.2.2
17.2.3 17.2.4 17.3.1 17.3.2
"""
"""The numbers of ASVS 5.0.0; of level 3 the table has some more."""
_ROW = re.compile(r"^\| (\d+\.\d+\.\d+) \| ([123]) \|(.+)\|$", re.MULTILINE)
_NAMED_TEST = re.compile(r"`(tests/[\w/]+\.py)::(\w+)`")
_NAMED_FILE = re.compile(r"`((?:portal|tests|docs|bin)/[\w./-]+)`")
_LINKED = re.compile(r"\]\(([\w./-]+\.md)\)")


def rows() -> list[tuple[str, str, str]]:
    return _ROW.findall(TABLE.read_text(encoding="utf-8"))


@cache
def names_in(path: str) -> frozenset[str]:
    file = ROOT / path
    return (
        frozenset(re.findall(r"def (test_\w+)\(", file.read_text("utf-8"))) if file.exists() else frozenset()
    )


def test_no_number_of_levels_1_and_2_is_left_out() -> None:
    by_level = {level: [number for number, of, _ in rows() if of == level] for level in "123"}
    assert (len(LEVEL_1.split()), len(LEVEL_2.split())) == (70, 183)
    assert (by_level["1"], by_level["2"]) == (LEVEL_1.split(), LEVEL_2.split())
    assert len(by_level["3"]) == len(set(by_level["3"])) >= 20


def test_each_row_names_a_test_or_says_why_there_is_none() -> None:
    wordless = []
    for number, _, rest in rows():
        cells = [cell.strip() for cell in rest.split("|")]
        has_reason = re.match(r"does not apply: [\w`[]|\*\*not met yet\*\*: [\w`[]", cells[-1])
        if len(cells) != 3 or not all(cells) or not (has_reason or _NAMED_TEST.match(cells[-1])):
            wordless.append(number)
    assert wordless == []


def test_its_sums_are_those_of_its_rows() -> None:
    told = [rest.split("|")[-1].strip() for _, _, rest in rows()]
    kinds = {
        "met": sum(text.startswith("`") and "**in part**" not in text for text in told),
        "part": sum("**in part**" in text for text in told),
        "na": sum(text.startswith("does not apply") for text in told),
        "no": sum(text.startswith("**not met yet**") for text in told),
    }
    text = f"{kinds['met']} are met, {kinds['part']} in part, {kinds['na']} do not apply, {kinds['no']} are not met yet"
    assert text in TABLE.read_text(encoding="utf-8")


@pytest.mark.parametrize("page", ["asvs.md", "security.md"])
def test_everything_that_is_named_exists(page: str) -> None:
    text = (ROOT / "docs" / page).read_text(encoding="utf-8")
    tests = [f"{path}::{name}" for path, name in _NAMED_TEST.findall(text) if name not in names_in(path)]
    files = [name for name in _NAMED_FILE.findall(text) if not (ROOT / name).exists()]
    links = [name for name in _LINKED.findall(text) if not (TABLE.parent / name).exists()]
    assert tests + files + links == []


def _sources(folder: str, ending: str) -> dict[str, str]:
    return {
        str(path.relative_to(ROOT)): path.read_text("utf-8") for path in (ROOT / folder).rglob(f"*{ending}")
    }


def _with(pattern: str, sources: dict[str, str]) -> list[str]:
    return [path for path, text in sources.items() if re.search(pattern, text)]


def test_nothing_is_executed_from_text() -> None:
    dangerous = (
        r"(?<![.\w])(eval|exec)\(|\b(pickle|marshal|shelve|yaml|os\.system)\b|shell=True|from_string\("
    )
    assert _with(dangerous, _sources("portal", ".py")) == []


def test_a_view_says_where_its_values_come_from() -> None:
    """From the address or from the form: where both are asked, one of a name can hide behind the other."""
    assert _with(r"request\.values|get_json\(.*force", _sources("portal", ".py")) == []


def test_scripts_keep_nothing_in_the_browser() -> None:
    stores = (
        r"localStorage|sessionStorage|indexedDB|document\.cookie|postMessage|__proto__|serviceWorker|\beval\("
    )
    assert _with(stores, _sources("portal/static/js", ".js")) == []


@pytest.mark.parametrize(
    "plain",
    [
        {"sms_url": "http://sms.example.cn"},
        {"signing_authority_url": "http://sign.example.cn", "signing_authority_trust": Path("trust.pem")},
    ],
)
def test_a_live_deployment_speaks_to_others_over_tls_alone(plain: dict[str, str | Path]) -> None:
    live = Config(
        database_url="sqlite://",
        secret_key="k" * 40,
        live=True,
        seal_key=Path("seal.pem"),
        sms_key_id="id",
        sms_secret="secret",
        sms_sign_name="name",
        sms_templates=Path("templates.json"),
        receipts_key="r" * 40,
    )
    with pytest.raises(ConfigError, match="https"):
        replace(live, **plain)  # type: ignore[arg-type]
    safe = {
        name: str(value).replace("http:", "https:") if "url" in name else value
        for name, value in plain.items()
    }
    replace(live, **safe)  # type: ignore[arg-type]
    here = {name: "http://127.0.0.1:9" if "url" in name else value for name, value in plain.items()}
    replace(live, **here)  # type: ignore[arg-type]
