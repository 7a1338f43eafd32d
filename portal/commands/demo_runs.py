"""The day's run over the demo's last days: stages, what is asked for, and whom to call come from it as they do anywhere."""

from collections.abc import Iterator
from datetime import datetime, time, timedelta

from portal.commands.day_run import DayRunner
from portal.commands.demo_scene import Scene, Story

DAYS_RUN = 7
"""Before today. Earlier ones are caught up on by the first, as after a week without a run."""
_IN_THE_MORNING = time(6, 30)
_USUAL_HOURS_BEGIN = time(8, 5)


def days_runs(scene: Scene) -> Iterator[Story]:
    """Each morning after the book, and today's after this morning's."""
    yield from (_runs_the_day(scene, back) for back in range(DAYS_RUN, 0, -1))
    yield _runs_today(scene)


def _runs_the_day(scene: Scene, back: int) -> Story:
    day = scene.days.back(back)
    yield datetime.combine(day, _IN_THE_MORNING, tzinfo=scene.days.zone)
    _run(scene)
    yield datetime.combine(day, _USUAL_HOURS_BEGIN, tzinfo=scene.days.zone) + timedelta(minutes=back)
    scene.work()


def _runs_today(scene: Scene) -> Story:
    yield scene.days.ago(24)
    _run(scene)
    scene.work()


def _run(scene: Scene) -> None:
    DayRunner(scene.shop.engine, scene.clock).run(scene.clock.today())
