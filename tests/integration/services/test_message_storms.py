"""Messages while workers are killed, and through days in which everything changes. ``--slow`` takes the long forms."""

from tests.databases import Database
from tests.message_crashes import crash
from tests.message_year import World


def test_a_worker_killed_while_it_sends_loses_nothing_and_repeats_under_one_key(
    sqlite_database: Database, *, is_long: bool
) -> None:
    kills = 200 if is_long else 6
    tally = crash(sqlite_database.url, kills=kills)
    assert sum(tally.kills.values()) == tally.asked == kills
    assert (tally.lost, tally.strangers, tally.unfinished) == (0, 0, 0)
    assert tally.taken == tally.asked + tally.twice


def test_nothing_goes_out_against_a_rule_whatever_changes_meanwhile(
    sqlite_database: Database, *, is_long: bool
) -> None:
    judged = World(sqlite_database.url).live(365 if is_long else 4)
    assert judged.against == []
    assert judged.broken == []
    assert judged.sent
    assert judged.failed
    assert judged.refused
