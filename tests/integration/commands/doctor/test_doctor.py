"""``portal doctor``: an installation in which all is well is not accused; each thing that can be wrong is found and named."""

import json
import os
from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509 import load_der_x509_certificate
from sqlalchemy import select, text, update

from portal.adapters.checkpoint_files import CheckpointFolder
from portal.adapters.data_keys import keyring_of
from portal.adapters.time_stamps.configured import open_stand_in
from portal.adapters.time_stamps.stand_in import StandInTimeStamper
from portal.commands.day_lock import day_lock
from portal.commands.doctor import database, keys, machine, settings, work
from portal.commands.doctor.checks import OF_A_DATABASE, OF_NO_DATABASE, OF_OUR_TABLES
from portal.commands.doctor.findings import Severity
from portal.commands.record_stamping import CheckpointStamping
from portal.db import make_engine, migrate_down, transaction
from portal.domain.one_time_codes import keyed_hash
from portal.domain.permissions import SYSTEM, Role
from portal.models import (
    BackupMade,
    Borrower,
    CalendarVersion,
    Contact,
    DayRun,
    DemoMessage,
    MessageSpending,
    OutboxItem,
    PolicyVersion,
    RateCount,
    RetentionRun,
    WorkerBeat,
)
from portal.models.keyring import Keyring, keys_of
from portal.services.outbox import enqueue
from portal.services.read_only import make_read_only
from portal.services.record import record
from portal.services.refused_tries import HARD, note_refused
from portal.services.shared_limits import GUESSES, shared
from tests.clocks import HandClock
from tests.database_digest import digest_of
from tests.databases import Database
from tests.integration.commands.conftest import Portal
from tests.integration.commands.doctor.conftest import Installation
from tests.integration.commands.tampering import behind_everybodys_back
from tests.narrow_accounts import bare_account, narrow_account
from tests.people import add_agency, add_borrower, add_cast, add_loan, add_staff

Break = Callable[[Installation], None]


def _said(ill: Installation, statement: str) -> None:
    with behind_everybodys_back(ill.database) as connection:
        connection.execute(text(statement))


def _seal_readable(ill: Installation) -> None:
    (ill.folder / "seal.pem").chmod(0o644)


def _seal_certificate_lost(ill: Installation) -> None:
    (ill.folder / "seal.crt").write_text("")


def _record_key_gone(ill: Installation) -> None:
    (ill.folder / "record.pem").unlink()


def _record_keys_unreadable(ill: Installation) -> None:
    (ill.folder / "record.keys").write_text("no key\n")


def _record_keys_of_another(ill: Installation) -> None:
    (ill.folder / "record.keys").write_text("")


def _folder_is_a_file(ill: Installation) -> None:
    file = ill.folder / "record.keys"
    ill.told(data_dir=file, seal_key=ill.folder / "seal.pem")


def _folder_open_to_all(ill: Installation) -> None:
    ill.folder.chmod(0o755)


def _secret_file_readable(ill: Installation) -> None:
    (ill.folder / "secret.key").write_text("x")
    (ill.folder / "secret.key").chmod(0o644)


def _breached_lost(ill: Installation) -> None:
    path = ill.patient.config.breached_passwords
    assert path
    path.unlink()


def _breached_by_how_often(ill: Installation) -> None:
    path = ill.patient.config.breached_passwords
    assert path
    path.write_text("\n".join(reversed(path.read_text("ascii").splitlines())), "ascii")


def _templates_incomplete(ill: Installation) -> None:
    path = ill.patient.config.sms_templates
    assert path
    path.write_text('{"zh_CN": {}}', encoding="utf-8")


def _demo_seeded(ill: Installation) -> None:
    with transaction(ill.database.engine) as session:
        record(session, SYSTEM, "demo:seeded", now=ill.patient.now, borrowers=1, loans=1, proposals=1)


def _codes_kept(ill: Installation) -> None:
    with transaction(ill.database.engine) as session:
        session.add(DemoMessage(mobile="+8613800138001", text="123456", at=ill.patient.now))


def _spent(ill: Installation) -> None:
    with transaction(ill.database.engine) as session:
        session.add(
            MessageSpending(day=ill.patient.today, channel="sms", messages=10_000, parts=1, cost_minor=1)
        )


def _account_tried(ill: Installation) -> None:
    with transaction(ill.database.engine) as session:
        cast = add_cast(session)
        for _ in range(HARD):
            note_refused(session, login=cast.zhou_min.login, site_key="there", now=ill.patient.now)


def _no_worker(ill: Installation) -> None:
    _said(ill, "DELETE FROM worker_beat")


def _silent_worker(ill: Installation) -> None:
    with transaction(ill.database.engine) as session:
        session.execute(update(WorkerBeat).values(seen_at=ill.patient.now - timedelta(minutes=5)))


def _one_worker_lost(ill: Installation) -> None:
    with transaction(ill.database.engine) as session:
        gone = ill.patient.now - timedelta(minutes=30)
        session.add(WorkerBeat(worker="web2:7", started_at=gone, seen_at=gone))


def _work_waits(ill: Installation) -> None:
    due = ill.patient.now - timedelta(minutes=30)
    with transaction(ill.database.engine) as session:
        enqueue(session, kind="agreement:seal", dedupe_key="a", payload={}, now=due)


def _work_given_up(ill: Installation) -> None:
    with transaction(ill.database.engine) as session:
        enqueue(session, kind="agreement:seal", dedupe_key="a", payload={}, now=ill.patient.now)
        session.execute(update(OutboxItem).values(state="dead"))


def _work_fails(ill: Installation) -> None:
    """Each time it is put off, so that it is never due for long."""
    with transaction(ill.database.engine) as session:
        enqueue(session, kind="message:code", dedupe_key="a", payload={}, now=ill.patient.now)
        session.execute(
            update(OutboxItem).values(
                attempts=5, last_error="MessageNotSentError", due_at=ill.patient.now + timedelta(minutes=1)
            )
        )


def _authority(ill: Installation) -> StandInTimeStamper:
    """The settings name it, and nobody has been asked yet."""
    stamper, root = open_stand_in(ill.folder / "stand-in.pem", ill.patient.clock)
    trust = ill.folder / "authorities.pem"
    trust.write_bytes(load_der_x509_certificate(root).public_bytes(Encoding.PEM))
    ill.told(time_stamp_url="https://127.0.0.1:9/", time_stamp_trust=trust)
    return stamper


def _never_stamped(ill: Installation) -> None:
    _authority(ill)


def _authority_unreadable(ill: Installation) -> None:
    ill.told(time_stamp_url="https://127.0.0.1:9/", time_stamp_trust=ill.folder / "none.pem")


def _stamped_by_another(ill: Installation) -> None:
    assert CheckpointStamping(
        CheckpointFolder(ill.folder / "checkpoints"), _authority(ill), []
    ).stamp_newest()
    ill.told(time_stamp_trust=ill.folder / "seal.crt")


def _stamps_ended(ill: Installation) -> None:
    assert CheckpointStamping(
        CheckpointFolder(ill.folder / "checkpoints"), _authority(ill), []
    ).stamp_newest()
    assert ill.found_by(CHECKS["time_stamps"]) == []
    ill.later(days=3)


def _event_unplaced(ill: Installation) -> None:
    with transaction(ill.database.engine) as session:
        at = ill.patient.now - timedelta(minutes=2)
        record(session, SYSTEM, "calendar:published", now=at, calendar_version="x")


def _record_broken(ill: Installation) -> None:
    CheckpointFolder(ill.folder / "checkpoints").say_broken("the first 3 places are not what was signed for")


def _backup_old(ill: Installation) -> None:
    with transaction(ill.database.engine) as session:
        session.execute(update(BackupMade).values(began_at=ill.patient.now - timedelta(hours=30)))


def _erased_last_week(ill: Installation) -> None:
    with transaction(ill.database.engine) as session:
        session.execute(update(RetentionRun).values(started_at=ill.patient.now - timedelta(days=4)))


def _erasing_stopped(ill: Installation) -> None:
    with transaction(ill.database.engine) as session:
        began = ill.patient.now - work.RETENTION_LASTS - timedelta(minutes=1)
        session.execute(update(RetentionRun).values(started_at=began, finished_at=None))


def _run_unfinished(ill: Installation) -> None:
    with transaction(ill.database.engine) as session:
        session.execute(update(DayRun).values(finished_at=None))


def _run_for_hours(ill: Installation) -> None:
    with transaction(ill.database.engine) as session:
        began = ill.patient.now - work.RUNS_AT_MOST - timedelta(minutes=1)
        session.execute(update(DayRun).values(started_at=began, finished_at=None))


def _run_missed(ill: Installation) -> None:
    with transaction(ill.database.engine) as session:
        session.execute(update(DayRun).values(business_date=ill.patient.today - timedelta(days=1)))


def _calendar_over(ill: Installation) -> None:
    with transaction(ill.database.engine) as session:
        session.execute(update(CalendarVersion).values(last_on=ill.patient.today - timedelta(days=1)))


def _private_loan_of_an_unknown_month(ill: Installation) -> None:
    with transaction(ill.database.engine) as session:
        borrower = add_borrower(session, "李娜", mobile="+8613800138009", id_last4="1024")
        loan = add_loan(session, borrower, lender_type="private")
        loan.disbursed_on = ill.patient.today - timedelta(days=3)


def _policy_to_come(ill: Installation) -> None:
    with behind_everybodys_back(ill.database) as connection:
        connection.execute(update(PolicyVersion).values(effective_on=date(2199, 1, 1)))


def _read_only(ill: Installation) -> None:
    with transaction(ill.database.engine) as session:
        make_read_only(session, SYSTEM, reason="the disk is moved", now=ill.patient.now)


def _guards_gone(ill: Installation) -> None:
    on = "" if ill.database.kind == "sqlite" else " ON event"
    name = "event_no_delete" if ill.database.kind == "sqlite" else "event_append_only"
    with transaction(ill.database.engine) as session:
        session.execute(text(f"DROP TRIGGER {name}{on}"))


def _data_keys(ill: Installation) -> Path:
    path = ill.patient.config.data_keys
    assert path
    return path


def _data_keys_spoilt(ill: Installation) -> None:
    _data_keys(ill).write_text("x\n")


LOST = Keyring({"lost": b"l" * 32}, ("tests", b"the index key of the portal test"))
FOUND_OTHERWISE = Keyring({"tests": b"the data key of the portal's tes"}, ("tests-00000000", b"e" * 32))


def _person_under(ill: Installation, ring: Keyring) -> None:
    engine = make_engine(ill.database.url, keys=lambda: ring)
    with transaction(engine) as session:
        add_borrower(session, "李娜", mobile="+8613800138001", id_last4="1024")
    engine.dispose()


def _person_under_an_earlier_key(ill: Installation) -> None:
    ring = keys_of(ill.patient.engine.dialect)
    name, key = list(ring.wrapping.items())[-1]
    assert name != ring.current
    _person_under(ill, Keyring({name: key}, ring.index))


def _tries(ill: Installation, count: int) -> None:
    with transaction(ill.database.engine) as session:
        session.add(RateCount(bucket="code:everywhere", window_started_at=ill.patient.now, count=count))


def _network_full(ill: Installation) -> None:
    part, _ = shared(GUESSES, "203.0.113.7", "key")
    with transaction(ill.database.engine) as session:
        session.add(RateCount(bucket=part.bucket, window_started_at=ill.patient.now, count=20_000))


def _contacts(ill: Installation, *keys: str) -> None:
    """One after another at the number of one borrower, hashed with these."""
    with transaction(ill.database.engine) as session:
        borrower = add_borrower(session, "王强", mobile="+8613800138002", id_last4="203X")
        for key in keys:
            session.add(
                Contact(
                    borrower_id=borrower.id,
                    purpose="collection_call",
                    channel="phone",
                    number_hash=keyed_hash(borrower.mobile, key, purpose="number"),
                    number_last4=borrower.mobile[-4:],
                    template_version="call_script@2026-01",
                    rule_decision="let through",
                    result="answered",
                    actor_kind="staff",
                    at=ill.patient.now,
                )
            )
            session.flush()


BREAKS: dict[str, tuple[str, Severity, Break]] = {
    "a key thought up": ("secret_key", Severity.FAULT, lambda ill: ill.told(secret_key="portal " * 6)),
    "a key of few characters": ("secret_key", Severity.FAULT, lambda ill: ill.told(secret_key="ab12" * 10)),
    "a kept key that others read": ("secret_key", Severity.FAULT, _secret_file_readable),
    "hosts by a dot": (
        "trusted_hosts",
        Severity.FAULT,
        lambda ill: ill.told(trusted_hosts=(".example.cn", "repay.example.cn")),
    ),
    "our own host left out": (
        "trusted_hosts",
        Severity.FAULT,
        lambda ill: ill.told(trusted_hosts=("example.cn",)),
    ),
    "no https": ("https", Severity.FAULT, lambda ill: ill.told(base_url="http://repay.example.cn")),
    "live from here": (
        "https",
        Severity.FAULT,
        lambda ill: ill.told(base_url="http://localhost", trusted_hosts=("localhost",)),
    ),
    "all visitors are one": ("trusted_proxies", Severity.WARNING, lambda ill: ill.told(trusted_proxies=())),
    "nobody reads requests whole": (
        "slow_senders",
        Severity.WARNING,
        lambda ill: ill.told(trusted_proxies=(), base_url="http://10.0.0.8:8000"),
    ),
    "cookies in the open": (
        "cookies",
        Severity.FAULT,
        lambda ill: ill.told(secure_cookies=False, demo=True, live=False),
    ),
    "no breached passwords": (
        "breached_passwords",
        Severity.NOTE,
        lambda ill: ill.told(breached_passwords=None),
    ),
    "breached passwords lost": ("breached_passwords", Severity.FAULT, _breached_lost),
    "breached passwords in another order": ("breached_passwords", Severity.FAULT, _breached_by_how_often),
    "a demo for everybody": ("demo_switches", Severity.FAULT, lambda ill: ill.told(demo=True, live=False)),
    "a date that is fixed": (
        "demo_switches",
        Severity.FAULT,
        lambda ill: ill.told(demo=True, live=False, business_date=date(2026, 11, 1)),
    ),
    "the demo's people": ("demo_people", Severity.FAULT, _demo_seeded),
    "debugging": ("debug_codes", Severity.FAULT, lambda ill: ill.on(environ={"FLASK_DEBUG": "1"})),
    "codes that can be read": ("debug_codes", Severity.WARNING, _codes_kept),
    "nothing is sent": ("text_messages", Severity.WARNING, lambda ill: ill.told(live=False)),
    "nobody sends": ("text_messages", Severity.FAULT, lambda ill: ill.told(sms_url="")),
    "a template without its code": ("text_messages", Severity.FAULT, _templates_incomplete),
    "no budget": ("message_budget", Severity.WARNING, lambda ill: ill.told(messages_a_day=None)),
    "a budget that is used up": ("message_budget", Severity.FAULT, _spent),
    "another encoding": ("encoding", Severity.FAULT, lambda ill: ill.on(encoding="ANSI_X3.4-1968")),
    "a folder that is none": ("data_folder", Severity.FAULT, _folder_is_a_file),
    "a folder for all": ("data_folder", Severity.WARNING, _folder_open_to_all),
    "a full disk": ("free_space", Severity.FAULT, lambda ill: ill.on(free=1 << 20)),
    "a disk that fills": ("free_space", Severity.WARNING, lambda ill: ill.on(free=2 << 30)),
    "a seal that others read": ("seal_key", Severity.FAULT, _seal_readable),
    "a seal without its certificate": ("seal_key", Severity.FAULT, _seal_certificate_lost),
    "no key of the record": ("record_key", Severity.FAULT, _record_key_gone),
    "keys that are none": ("record_key", Severity.FAULT, _record_keys_unreadable),
    "another's keys": ("record_key", Severity.FAULT, _record_keys_of_another),
    "no file of data keys": ("data_keys", Severity.WARNING, lambda ill: ill.told(data_keys=None)),
    "data keys lost": ("data_keys", Severity.FAULT, lambda ill: _data_keys(ill).unlink()),
    "data keys that are none": ("data_keys", Severity.FAULT, _data_keys_spoilt),
    "data keys that others read": ("data_keys", Severity.FAULT, lambda ill: _data_keys(ill).chmod(0o640)),
    "people under a lost key": ("unreadable_people", Severity.FAULT, lambda ill: _person_under(ill, LOST)),
    "people under an earlier key": ("unreadable_people", Severity.WARNING, _person_under_an_earlier_key),
    "people found by another key": (
        "unreadable_people",
        Severity.FAULT,
        lambda ill: _person_under(ill, FOUND_OTHERWISE),
    ),
    "numbers hashed with another key": (
        "number_hashes",
        Severity.FAULT,
        lambda ill: _contacts(ill, "k" * 40),
    ),
    "no copies": ("checkpoint_copies", Severity.WARNING, lambda ill: ill.told(checkpoint_copies=())),
    "copies nowhere": (
        "checkpoint_copies",
        Severity.FAULT,
        lambda ill: ill.told(checkpoint_copies=(Path("/nowhere/at/all"),)),
    ),
    "guards gone": ("record_guards", Severity.FAULT, _guards_gone),
    "no worker": ("workers", Severity.FAULT, _no_worker),
    "a silent worker": ("workers", Severity.FAULT, _silent_worker),
    "one worker lost": ("workers", Severity.WARNING, _one_worker_lost),
    "work that waits": ("backlog", Severity.FAULT, _work_waits),
    "a shared limit nearly full": ("shared_limits", Severity.WARNING, lambda ill: _tries(ill, 40_000)),
    "a network that used up its part": ("shared_limits", Severity.WARNING, _network_full),
    "a shared limit that is full": ("shared_limits", Severity.FAULT, lambda ill: _tries(ill, 50_001)),
    "an account tried hard": ("tried_accounts", Severity.WARNING, _account_tried),
    "work that fails and fails": ("backlog", Severity.WARNING, _work_fails),
    "a record never stamped": ("time_stamps", Severity.WARNING, _never_stamped),
    "an authority whose certificates are gone": ("time_stamps", Severity.FAULT, _authority_unreadable),
    "a stamp of somebody else": ("time_stamps", Severity.FAULT, _stamped_by_another),
    "an authority that answers no more": ("time_stamps", Severity.WARNING, _stamps_ended),
    "work given up": ("backlog", Severity.WARNING, _work_given_up),
    "an event without a place": ("unplaced_events", Severity.FAULT, _event_unplaced),
    "a broken record": ("checkpoint", Severity.FAULT, _record_broken),
    "no backup": ("backup", Severity.WARNING, lambda ill: _said(ill, "DELETE FROM backup_made")),
    "an old backup": ("backup", Severity.WARNING, _backup_old),
    "a run that stopped": ("day_run", Severity.FAULT, _run_unfinished),
    "a day left out": ("day_run", Severity.FAULT, _run_missed),
    "no run at all": ("day_run", Severity.WARNING, lambda ill: _said(ill, "DELETE FROM day_run")),
    "nothing ever erased": (
        "retention",
        Severity.WARNING,
        lambda ill: _said(ill, "DELETE FROM retention_run"),
    ),
    "not erased for a week": ("retention", Severity.WARNING, _erased_last_week),
    "an erasing that stopped": ("retention", Severity.WARNING, _erasing_stopped),
    "a calendar that is over": ("calendar", Severity.FAULT, _calendar_over),
    "a prime rate that nobody knows": ("prime_rate", Severity.WARNING, _private_loan_of_an_unknown_month),
    "no policy": ("policy", Severity.FAULT, _policy_to_come),
    "read-only": ("read_only", Severity.WARNING, _read_only),
}
CHECKS = {
    check.__name__: check for group in (OF_NO_DATABASE, OF_A_DATABASE, OF_OUR_TABLES) for check in group
}
IN_THE_DATABASE = {check.__name__ for check in (*OF_A_DATABASE, *OF_OUR_TABLES)}


def test_where_all_is_well_nothing_is_found(installation: Installation) -> None:
    found = installation.findings()
    assert installation.ill() - {"calendar"} == set(), found
    assert Severity.FAULT not in {each.severity for each in found.get("calendar") or ()}


def _is_found(ill: Installation, name: str) -> None:
    check, severity, break_it = BREAKS[name]
    assert ill.found_by(CHECKS[check]) == [] or check == "calendar"
    break_it(ill)
    found = ill.found_by(CHECKS[check])
    assert severity in {each.severity for each in found}, found
    assert all(len(each.sentence.split()) > 3 for each in found)


@pytest.mark.parametrize("name", [name for name, (check, *_) in BREAKS.items() if check in IN_THE_DATABASE])
def test_what_is_wrong_in_the_database_is_found(installation: Installation, name: str) -> None:
    _is_found(installation, name)


@pytest.fixture
def shut_folder(tmp_path: Path) -> Path:
    """One that whoever runs the tests may not write in: root may everywhere but on a disk that is only read."""
    if os.geteuid():
        tmp_path.chmod(0o555)
        return tmp_path
    mounts = (line.split() for line in Path("/proc/self/mounts").read_text(encoding="utf-8").splitlines())
    read_only = [Path(at) for _, at, _, how, *_ in mounts if "ro" in how.split(",") and Path(at).is_dir()]
    if not read_only:
        pytest.skip("root may write everywhere on this machine")
    return read_only[0]


class TestOutsideOfTheDatabase:
    @pytest.fixture
    def database(self, sqlite_database: Database) -> Database:
        return sqlite_database

    def test_a_key_that_is_gone_is_told_with_what_to_do(self, installation: Installation) -> None:
        for name in ("seal.pem", "record.pem"):
            (installation.folder / name).unlink()
        assert "portal seal create-key" in installation.found_by(keys.seal_key)[0].sentence
        assert "record change-key --why lost" in installation.found_by(keys.record_key)[0].sentence
        (installation.folder / "record.keys").unlink()
        assert "portal record create-key" in installation.found_by(keys.record_key)[0].sentence

    @pytest.mark.parametrize(
        "name", [name for name, (check, *_) in BREAKS.items() if check not in IN_THE_DATABASE]
    )
    def test_what_is_wrong_is_found(self, installation: Installation, name: str) -> None:
        _is_found(installation, name)

    def test_documents_are_not_drawn_where_a_character_has_no_font(
        self, installation: Installation, tmp_path: Path
    ) -> None:
        (tmp_path / "none.conf").write_text("<fontconfig></fontconfig>")
        assert installation.found_by(machine.documents) == []
        installation.on(environ={"FONTCONFIG_FILE": str(tmp_path / "none.conf")})
        assert "Documents cannot be drawn" in installation.found_by(machine.documents)[0].sentence

    @pytest.mark.parametrize("off", ["", "0", "false", "False", "no"])
    def test_debugging_that_is_off_is_no_finding(self, installation: Installation, off: str) -> None:
        installation.on(environ={"FLASK_DEBUG": off})
        assert installation.found_by(settings.debug_codes) == []

    def test_copies_where_nothing_can_be_written(self, installation: Installation, shut_folder: Path) -> None:
        installation.told(checkpoint_copies=(shut_folder,))
        assert "may not write" in installation.found_by(keys.checkpoint_copies)[0].sentence

    def test_a_data_folder_that_cannot_be_made(self, installation: Installation) -> None:
        installation.told(data_dir=installation.folder / "record.keys" / "data")
        assert [each.severity for each in installation.found_by(machine.data_folder)] == [Severity.FAULT]

    def test_a_check_that_falls_over_is_told_and_the_others_are_made(
        self, installation: Installation
    ) -> None:
        (installation.folder / "checkpoints" / "newest").unlink()
        (installation.folder / "checkpoints" / "newest").mkdir()
        assert installation.ill() - {"calendar"} == {"checkpoint"}
        assert "IsADirectoryError" in installation.found_by(work.checkpoint)[0].sentence


def test_nobody_is_told_to_simply_change_a_secret_that_people_may_stand_under(
    installation: Installation,
) -> None:
    installation.told(secret_key="portal " * 6)
    assert "draw a new one" in installation.found_by(settings.secret_key)[0].sentence
    _person_under(installation, keyring_of(installation.patient.config))
    assert (
        "Change it in the order of docs/operations.md"
        in installation.found_by(settings.secret_key)[0].sentence
    )


def test_numbers_are_looked_at_from_both_ends(installation: Installation) -> None:
    """The oldest say which key is right; the newest, whether another one was used for a while."""
    own, another = installation.patient.config.hash_key, "k" * 40
    _contacts(installation, *[own] * 21, *[another] * 21)
    (found,) = installation.found_by(keys.number_hashes)
    assert (found.severity, "Leave PORTAL_HASH_KEY as it is" in found.sentence) == (Severity.WARNING, True)
    installation.told(hash_key=another)
    (found,) = installation.found_by(keys.number_hashes)
    assert (found.severity, "put the PORTAL_SECRET_KEY of that time" in found.sentence) == (
        Severity.FAULT,
        True,
    )


def test_numbers_under_the_present_key_and_those_that_changed_are_no_matter(
    installation: Installation,
) -> None:
    assert list(installation.found_by(keys.number_hashes)) == []
    _contacts(installation, installation.patient.config.hash_key)
    assert list(installation.found_by(keys.number_hashes)) == []
    with transaction(installation.database.engine) as session:
        session.scalars(select(Borrower)).one().mobile = "+8613900000009"
    assert list(installation.found_by(keys.number_hashes)) == []


def test_people_under_another_secret_are_told_of_as_that(installation: Installation) -> None:
    _person_under(installation, Keyring({"secret-00000000": b"s" * 32}, ("secret-00000000", b"i" * 32)))
    (found,) = installation.found_by(keys.unreadable_people)
    assert "another PORTAL_SECRET_KEY: put that one back" in found.sentence


def test_a_days_run_under_way_is_no_fault_unless_it_goes_on_for_hours(installation: Installation) -> None:
    engine = make_engine(installation.database.url)
    installation.patient = replace(installation.patient, engine=engine)
    _run_unfinished(installation)
    with day_lock(engine, seconds=0) as is_held:
        assert is_held
        assert installation.found_by(work.day_run) == []
        _run_for_hours(installation)
        assert "still under way" in installation.found_by(work.day_run)[0].sentence
    assert "call portal day" in installation.found_by(work.day_run)[0].sentence
    with day_lock(engine, seconds=0) as is_held:
        assert is_held
    engine.dispose()


def test_a_database_that_is_away_is_named_and_its_checks_are_left_out(installation: Installation) -> None:
    away = make_engine("postgresql://nobody@127.0.0.1:9/nothing", pool_size=1)
    installation.patient = replace(installation.patient, engine=away)
    found = installation.findings()
    assert "cannot be reached" in (found["database_reachable"] or ())[0].sentence
    assert found["migrations"] is None
    assert found["backup"] is None
    away.dispose()


def test_an_older_and_a_newer_schema_are_told_apart(installation: Installation) -> None:
    migrate_down(installation.database.url, "-1")
    found = installation.findings()
    assert "run portal migrate" in (found["migrations"] or ())[0].sentence
    assert found["workers"] is None
    with transaction(installation.database.engine) as session:
        session.execute(text("UPDATE alembic_version SET version_num = '9999', oldest_program = '9999'"))
    (told,) = installation.found_by(database.migrations)
    assert "newer program" in told.sentence
    assert told.severity is Severity.FAULT


def test_a_schema_that_was_only_added_to_is_no_fault(installation: Installation) -> None:
    with transaction(installation.database.engine) as session:
        session.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    (told,) = installation.found_by(database.migrations)
    assert "newer program" in told.sentence
    assert told.severity is Severity.WARNING
    assert None not in installation.findings().values()


def test_a_database_without_tables_is_told(installation: Installation, tmp_path: Path) -> None:
    engine = make_engine(f"sqlite:///{tmp_path / 'empty.sqlite3'}")
    installation.patient = replace(installation.patient, engine=engine)
    assert "portal migrate" in installation.found_by(database.migrations)[0].sentence
    engine.dispose()


class TestOfPostgresqlAlone:
    @pytest.fixture
    def database(self, postgresql_database: Database) -> Database:
        return postgresql_database

    def test_an_account_that_may_read_nothing_is_not_told_that_there_are_no_tables(
        self, installation: Installation
    ) -> None:
        with bare_account(installation.database) as role:
            installation.connects_as(role)
            (told,) = installation.found_by(database.migrations)
            installation.patient.engine.dispose()
        assert told.severity is Severity.FAULT
        assert "portal database grant" in told.sentence

    def test_what_endangers_what_was_acknowledged(self, installation: Installation) -> None:
        """The tests' own server is one that forgets."""
        said = " ".join(each.sentence for each in installation.found_by(database.durability))
        assert "fsync = off" in said
        assert "full_page_writes = off" in said
        assert "synchronous_commit" not in said
        with transaction(installation.database.engine) as session:
            name = session.scalar(text("SELECT current_database()"))
            session.execute(text(f'ALTER DATABASE "{name}" SET synchronous_commit = off'))
        installation.database.engine.dispose()
        said = " ".join(each.sentence for each in installation.found_by(database.durability))
        assert "synchronous_commit = off" in said
        with transaction(installation.database.engine) as session:
            session.execute(text(f'ALTER DATABASE "{name}" SET synchronous_commit = local'))
        installation.database.engine.dispose()
        said = " ".join(each.sentence for each in installation.found_by(database.durability))
        assert "synchronous_commit" not in said
        with transaction(installation.database.engine) as session:
            session.execute(text(f'ALTER DATABASE "{name}" RESET synchronous_commit'))
        installation.database.engine.dispose()

    @pytest.mark.parametrize(("state", "is_well"), [("ENABLE REPLICA", False), ("ENABLE ALWAYS", True)])
    def test_a_guard_that_fires_for_replicas_alone_is_none(
        self, installation: Installation, state: str, is_well: bool
    ) -> None:
        with transaction(installation.database.engine) as session:
            session.execute(text(f"ALTER TABLE event {state} TRIGGER event_append_only"))
        found = installation.found_by(database.record_guards)
        assert ["event_append_only" in each.sentence for each in found] == ([] if is_well else [True])

    def test_a_pool_that_the_server_cannot_serve(self, installation: Installation) -> None:
        assert installation.found_by(database.connections) == []
        installation.told(pool_size=100)
        assert installation.found_by(database.connections)

    def test_a_zone_that_the_database_does_not_know(self, installation: Installation) -> None:
        assert installation.found_by(database.time_zone) == []
        # A zone of the program alone, as after a change of its rules that the database has not heard of.
        assert database.means_the_same(installation.patient, "Nowhere/At_All") is False

    def test_clocks_that_differ(self, installation: Installation) -> None:
        assert installation.found_by(database.clock) == []
        installation.patient = replace(installation.patient, clock=HandClock())
        assert "seconds apart" in installation.found_by(database.clock)[0].sentence

    def test_a_superuser(self, installation: Installation) -> None:
        assert "superuser" in installation.found_by(database.row_security)[0].sentence

    def test_an_account_that_owns_the_tables(self, installation: Installation) -> None:
        with bare_account(installation.database) as role:
            installation.connects_as(role)
            with transaction(installation.database.engine) as session:
                session.execute(text(f'GRANT SELECT ON ALL TABLES IN SCHEMA public TO "{role}"'))
                session.execute(text(f'ALTER TABLE saved_view OWNER TO "{role}"'))
            assert "owns the tables" in installation.found_by(database.account)[0].sentence
            with transaction(installation.database.engine) as session:
                session.execute(text("ALTER TABLE saved_view OWNER TO portal"))

    def test_an_account_with_too_few_and_too_many_rights(self, installation: Installation) -> None:
        assert installation.found_by(database.account) == []
        with narrow_account(installation.database) as narrow:
            role = narrow.engine.url.username or ""
            installation.connects_as(role)
            assert installation.found_by(database.account) == []
            with transaction(installation.database.engine) as session:
                session.execute(text(f'REVOKE UPDATE ON loan FROM "{role}"'))
                session.execute(text(f'GRANT DELETE ON event TO "{role}"'))
            found = installation.found_by(database.account)
            assert [each.severity for each in found] == [Severity.FAULT, Severity.WARNING]
            assert ["loan: UPDATE" in found[0].sentence, "event: DELETE" in found[1].sentence] == [True, True]

    def test_staff_of_agencies_whom_the_database_does_not_keep_from_loans(
        self, installation: Installation
    ) -> None:
        assert installation.found_by(database.agencies) == []
        with transaction(installation.database.engine) as session:
            agency = add_agency(session)
            member = add_staff(session, "9001", "works.there", "外勤", Role.COLLECTOR)
            member.agency_id = agency.id
        assert "by the program alone" in installation.found_by(database.agencies)[0].sentence
        with narrow_account(installation.database):
            assert installation.found_by(database.agencies) == []
            with transaction(installation.database.engine) as session:
                session.execute(text("DROP POLICY agency_window ON loan"))
            assert "policies" in installation.found_by(database.agencies)[0].sentence

    def test_policies_that_may_keep_rows_from_us(self, installation: Installation) -> None:
        with narrow_account(installation.database) as narrow:
            installation.connects_as(narrow.engine.url.username or "")
            assert installation.found_by(database.row_security) == []
            for change, table in (
                ("DROP POLICY everybody ON hold", "hold"),
                ("CREATE POLICY of_somebody_else ON loan AS RESTRICTIVE USING (id > 5)", "loan"),
            ):
                with transaction(installation.database.engine) as session:
                    session.execute(text(change))
                said = installation.found_by(database.row_security)
                assert [each.severity for each in said] == [Severity.FAULT]
                assert f"({table})" in said[0].sentence or table in said[0].sentence
            with transaction(installation.database.engine) as session:
                session.execute(text("DROP POLICY of_somebody_else ON loan"))

    def test_rows_that_are_kept_from_us(self, installation: Installation) -> None:
        with transaction(installation.database.engine) as session:
            session.execute(text("ALTER TABLE hold ENABLE ROW LEVEL SECURITY"))
            session.execute(text("CREATE POLICY own ON saved_view USING (true)"))
        said = [each.sentence for each in installation.found_by(database.row_security)]
        assert any("hold" in each and "look empty" in each for each in said)
        assert any("saved_view" in each and "is off" in each for each in said)
        with transaction(installation.database.engine) as session:
            session.execute(text("ALTER TABLE hold DISABLE ROW LEVEL SECURITY"))
            session.execute(text("DROP POLICY own ON saved_view"))


class TestTheCommand:
    @pytest.fixture
    def database(self, sqlite_database: Database) -> Database:
        return sqlite_database

    def test_says_what_is_wrong_with_status_one_and_changes_nothing(
        self, portal: Portal, database: Database, environment: dict[str, str]
    ) -> None:
        before = digest_of(database.engine, everything=True)
        environment["LC_ALL"] = "zh_CN.UTF-8"
        said = portal("doctor")
        assert said.exit_code == 1
        assert "✗ record_key:" in said.stdout
        assert "! backup: 从未做过备份" in said.stdout
        assert digest_of(database.engine, everything=True) == before

    def test_says_it_to_machines(self, portal: Portal) -> None:
        said = json.loads(portal("doctor", "--json").stdout)
        assert {each["severity"] for each in said["findings"]} >= {"fault", "warning"}
        assert {each["check"] for each in said["findings"]} >= {"record_key", "workers", "backup"}
        assert "free_space" in said["well"]
        assert said["left_out"] == []

    def test_makes_nothing_where_there_is_nothing_yet(
        self, portal: Portal, environment: dict[str, str], tmp_path: Path
    ) -> None:
        del environment["PORTAL_SECRET_KEY"]
        environment["PORTAL_DATABASE_URL"] = f"sqlite:///{tmp_path}/data/new/portal.sqlite3"
        before = sorted(tmp_path.rglob("*"))
        said = portal("doctor")
        assert said.exit_code == 1
        assert "There is no database yet" in said.stdout
        assert "There is no secret key yet" in said.stdout
        assert f"{tmp_path}/data is not there yet" in said.stdout
        assert sorted(tmp_path.rglob("*")) == before

    @pytest.mark.parametrize("url", ["nonsense", "mysqll://h/x", "mysql://h/x", "postgresql://h:abc/x"])
    def test_an_address_of_no_database_is_a_finding(
        self, portal: Portal, environment: dict[str, str], url: str
    ) -> None:
        environment["PORTAL_DATABASE_URL"] = url
        said = portal("doctor")
        assert said.exit_code == 1
        assert "✗ settings: The settings cannot be used: PORTAL_DATABASE_URL" in said.stdout
        (found,) = json.loads(portal("doctor", "--json").stdout)["findings"]
        assert found["check"] == "settings"

    @pytest.mark.parametrize(
        ("name", "value"),
        [
            ("PORTAL_LOCALE", "fr"),
            ("PORTAL_TIMEZONE", "Nowhere/At_All"),
            ("PORTAL_TIMEZONE", "../etc"),
            ("PORTAL_CHECKPOINT_SECONDS", "soon"),
        ],
    )
    def test_settings_that_cannot_be_are_a_finding(
        self, portal: Portal, environment: dict[str, str], name: str, value: str
    ) -> None:
        environment[name] = value
        said = portal("doctor")
        assert said.exit_code == 1
        assert name in said.stdout
        assert json.loads(portal("doctor", "--json").stdout)["findings"][0]["check"] == "settings"
