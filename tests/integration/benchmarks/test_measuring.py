"""What all measures share: turns, shares, processes, promises, and the refusal of a busy machine."""

import os
import signal
import subprocess
import sys
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


class HandMeter:
    """Processor time that is spent by hand; each time the kernel's clock is heard."""

    def __init__(self) -> None:
        self.seconds = 0.0

    def spend(self, seconds: float) -> None:
        self.seconds += seconds
        signal.raise_signal(signal.SIGPROF)

    def samples(self) -> Samples:
        """That hear no other clock."""
        return Samples(every=3600, spent=lambda: self.seconds)


def test_a_look_counts_for_the_time_since_the_one_before_and_for_all_who_are_at_work() -> None:
    meter = HandMeter()

    def callee() -> None:
        meter.spend(6)

    def caller() -> None:
        meter.spend(1)
        callee()
        meter.spend(1)

    with meter.samples() as samples:
        caller()
        meter.spend(2)
    found = {line.code.co_name: (line.within, line.own) for line in samples.lines()}
    assert samples.seconds == 10
    assert found["callee"] == (0.6, 0.0)
    assert found["caller"] == (0.8, 0.0)
    assert found["spend"] == (1.0, 1.0)
    shares = [line.within for line in samples.lines()]
    assert shares == sorted(shares, reverse=True)
    assert {line.code.co_name for line in samples.lines(0.8)} == set(found) - {"callee"}


def test_who_calls_itself_counts_once() -> None:
    meter = HandMeter()

    def again(times: int) -> None:
        if times:
            again(times - 1)
        else:
            meter.spend(1)

    with meter.samples() as samples:
        again(5)
    assert {line.code.co_name: line.within for line in samples.lines()}["again"] == 1


def test_nobody_looks_before_or_afterwards_and_the_time_between_is_left_out() -> None:
    heard: list[int] = []
    before = signal.signal(signal.SIGPROF, lambda *_: heard.append(1))
    meter = HandMeter()
    samples = meter.samples()
    try:
        meter.spend(5)
        with samples:
            meter.spend(1)
        meter.spend(5)
        with samples:
            meter.spend(1)
        assert (samples.seconds, len(heard)) == (2, 2)
        assert signal.getitimer(signal.ITIMER_PROF) == (0, 0)
    finally:
        signal.signal(signal.SIGPROF, before)


def test_the_kernels_clock_is_heard_while_something_is_at_work() -> None:
    with Samples() as samples:
        while samples.seconds <= 0:
            sum(range(1000))
    assert samples.lines()


def test_a_function_is_named_by_its_file_from_the_root() -> None:
    assert where(migrate.__code__).startswith("portal/db.py:")
    assert where(migrate.__code__).endswith(" migrate")
    assert where(Environment.from_string.__code__).startswith("jinja2/environment.py:")
