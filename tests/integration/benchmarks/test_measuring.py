"""What all measures share: turns, shares, processes, promises, and the refusal of a busy machine."""

import hashlib
import os
import signal
import subprocess
import sys
import time
from contextlib import AbstractContextManager
from pathlib import Path

import pytest
from jinja2 import Environment

from benchmarks.machine import BusyMachineError, refuse_busy
from benchmarks.processes import Meter
from benchmarks.profiles import where
from benchmarks.references.bare_pages import split_page, template_of
from benchmarks.results import Promise, Sense, compared
from benchmarks.rounds import in_turn, percentile, watched
from benchmarks.samples import Samples
from portal.db import migrate


def test_subjects_take_turns_and_the_first_round_is_left_out() -> None:
    said: list[str] = []

    def subject(name: str, took: float) -> float:
        said.append(name)
        return took

    found = in_turn([lambda number: subject("A", number), lambda number: subject("B", 10 + number)], rounds=2)
    assert "".join(said) == "BAABBA"
    assert found == [(1, 11), (2, 12)]


@pytest.mark.parametrize(("share", "found"), [(0.1, 1), (0.5, 5), (0.9, 9), (0.99, 10), (1, 10), (0, 1)])
def test_a_percentile_is_a_value_that_was_seen(share: float, found: float) -> None:
    assert percentile([*range(10, 0, -1)], share) == found


def test_a_ratio_is_taken_round_by_round_in_the_sense_of_the_promise() -> None:
    pairs = [(10.0, 20.0), (30.0, 30.0), (10.0, 40.0)]
    cost = compared("x", pairs, unit="ms", promise=Promise(0.4, 0.6))
    assert (cost.ratio, cost.spread, cost.more) == (0.5, (0.25, 1.0), "<= 0.4 (0.6): acceptable")
    gain = compared("x", pairs, unit="ms", promise=Promise(2, 1, Sense.GAIN))
    assert (gain.ratio, gain.spread, gain.more) == (2.0, (1.0, 4.0), ">= 2 (1): kept")
    assert Promise(2, 1, Sense.GAIN).said(0.9).endswith("NOT KEPT")


def test_time_of_processes_that_have_ended_is_counted() -> None:
    meter = Meter(frozenset({os.getpid()}), own=False)
    before = meter.seconds()
    subprocess.run([sys.executable, "-c", "while __import__('time').process_time() < 0.3: pass"], check=True)
    assert meter.seconds() - before > 0.2


def test_a_busy_machine_is_refused_and_a_quiet_one_is_not(tmp_path: Path) -> None:
    file = tmp_path / "cpu"
    refuse_busy(file=file)
    file.write_text(
        "some avg10=39.90 avg60=90.00 avg300=90.00 total=1\nfull avg10=0.00 avg60=0.00 avg300=0.00 total=0\n"
    )
    refuse_busy(file=file)
    file.write_text("some avg10=40.10 avg60=0.00 avg300=0.00 total=1\n")
    with pytest.raises(BusyMachineError, match="40 %"):
        refuse_busy(patience=0, file=file)


def test_a_page_is_its_template_filled_with_its_values() -> None:
    page = '<a href="/x/0123456789abcdef0123456789abcdef">1,234.56 元</a>{% raw %}{{ 7 }}<input name="csrf_token" value="Ij.a-b_c">\n'
    skeleton, values = split_page(page)
    assert values == ["0123456789abcdef0123456789abcdef", "1,234.56", "7", "Ij.a-b_c"]
    environment = Environment(autoescape=True, keep_trailing_newline=True)
    assert environment.from_string(template_of(skeleton)).render(v=values) == page


def test_only_the_first_subject_is_watched_and_not_in_the_round_that_warms() -> None:
    said: list[str] = []

    class Watching(AbstractContextManager[None]):
        def __enter__(self) -> None:
            said.append("(")

        def __exit__(self, *_error: object) -> None:
            said.append(")")

    def subject(name: str) -> float:
        said.append(name)
        return 1

    subjects = [lambda _number: subject("A"), lambda _number: subject("B")]
    with watched(Watching()):
        in_turn(subjects, rounds=2)
    in_turn(subjects, rounds=0)
    assert "".join(said) == "BA(A)BB(A)BA"


def _spent(seconds: float) -> None:
    until = time.process_time() + seconds
    while time.process_time() < until:
        pass


def test_samples_tell_what_a_function_takes_by_itself_and_with_what_it_calls() -> None:
    def callee() -> None:
        _spent(0.15)

    def caller() -> None:
        _spent(0.05)
        callee()

    with Samples() as samples:
        caller()
    _spent(0.05)
    found = {line.code.co_name: line for line in samples.lines()}
    assert 0.1 < samples.seconds < 0.5
    assert found["caller"].within >= found["callee"].within > 0.5
    assert found["_spent"].own > 0.9
    assert found["caller"].own < 0.1
    assert [line.code.co_name for line in samples.lines(0.99)].count("callee") == 0
    assert samples.lines(0.5)[0].within >= samples.lines(0.5)[-1].within


def test_a_long_step_of_a_library_weighs_what_it_takes() -> None:
    def in_c() -> None:
        hashlib.pbkdf2_hmac("sha256", b"x", b"y", 300_000)

    def in_python() -> None:
        _spent(took)

    began = time.process_time()
    in_c()
    took = time.process_time() - began
    with Samples() as samples:
        in_c()
        in_python()
    shares = {line.code.co_name: line.within for line in samples.lines()}
    assert 0.2 < shares["in_python"] < 0.8


def test_nobody_looks_any_more_afterwards() -> None:
    before = signal.getsignal(signal.SIGPROF)
    with Samples() as samples:
        _spent(0.1)
    seen = samples.seconds
    _spent(0.1)
    assert samples.seconds == seen > 0
    assert signal.getsignal(signal.SIGPROF) == before


def test_a_function_is_named_by_its_file_from_the_root() -> None:
    assert where(migrate.__code__).startswith("portal/db.py:")
    assert where(migrate.__code__).endswith(" migrate")
    assert where(Environment.from_string.__code__).startswith("jinja2/environment.py:")
