"""An installation in which all is well, to be broken in one thing at a time."""

import json
import shutil
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from ipaddress import ip_network
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from portal.adapters.business_texts import PackagedTexts
from portal.adapters.message_wording import LOCALES, TEXTS
from portal.adapters.record_keys import make_record_key, record_key_path, record_origin
from portal.adapters.seal_keys import make_demo_key
from portal.clock import Clock
from portal.commands.doctor.checks import OF_NO_DATABASE, examine, made
from portal.commands.doctor.findings import Check, Finding
from portal.commands.doctor.machine import documents
from portal.commands.doctor.network import public_certificate
from portal.commands.doctor.patient import Machine, Patient
from portal.commands.migrate import publish_first
from portal.commands.record_keeping import keeper_of
from portal.config import Config
from portal.db import make_engine, transaction
from portal.domain.contact_wishes import Channel
from portal.i18n import use_locale
from portal.models import BackupMade, DayRun, RetentionRun
from portal.services.worker_beats import beat
from tests.data_keys import FILE
from tests.databases import Database
from tests.narrow_accounts import address_of

KEY = "9f2Vq0yLr8Xc5BnW1mTzKd7HsJp3GuEa4"
OF_THE_TESTS_SERVER = {"durability", "row_security"}
"""The tests' PostgreSQL does not wait for the disk, and its only role is a superuser."""


@dataclass
class Installation:
    """The patient, and what is done to it."""

    patient: Patient
    database: Database

    def told(self, **settings: Any) -> None:
        """Other settings."""
        self.patient = replace(self.patient, config=replace(self.patient.config, **settings))

    def on(self, **facts: Any) -> None:
        """Another machine."""
        self.patient = replace(self.patient, machine=replace(self.patient.machine, **facts))

    def later(self, **by: float) -> None:
        now = self.patient.now + timedelta(**by)
        self.patient = replace(self.patient, now=now, today=now.astimezone(self.patient.zone).date())

    def connects_as(self, role: str) -> None:
        """Another account of PostgreSQL."""
        engine = make_engine(address_of(self.database, role))
        self.patient = replace(self.patient, engine=engine)

    @property
    def folder(self) -> Path:
        return self.patient.config.data_dir

    def findings(self) -> dict[str, Sequence[Finding] | None]:
        """By check, those that found nothing left out. Drawing takes seconds, a certificate is another machine's: they are tried apart."""
        outside = [each for each in OF_NO_DATABASE if each not in {documents, public_certificate}]
        with use_locale("en"):
            found = examine(self.patient, outside=outside)
            return {each.check: each.findings for each in found if each.findings != []}

    def ill(self) -> set[str]:
        return set(self.findings()) - (OF_THE_TESTS_SERVER if self.database.kind == "postgresql" else set())

    def found_by(self, check: Check) -> Sequence[Finding]:
        with use_locale("en"):
            return list(made(self.patient, check).findings or ())


@pytest.fixture(scope="session")
def seal_key(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Made once: finding the primes takes seconds."""
    path = tmp_path_factory.mktemp("seal") / "seal.pem"
    make_demo_key(path, now=Clock(ZoneInfo("Asia/Shanghai")).now())
    return path


@pytest.fixture
def installation(database: Database, tmp_path: Path, seal_key: Path) -> Installation:
    zone = ZoneInfo("Asia/Shanghai")
    clock = Clock(zone)
    folder, copies = tmp_path / "data", tmp_path / "copies"
    copies.mkdir()
    data_keys = tmp_path / "data.keys"
    shutil.copy2(FILE, data_keys)
    config = Config(
        database_url=database.url,
        secret_key=KEY,
        data_keys=data_keys,
        data_dir=folder,
        live=True,
        base_url="https://repay.example.cn",
        trusted_hosts=("repay.example.cn",),
        trusted_proxies=(ip_network("127.0.0.1"),),
        seal_key=folder / "seal.pem",
        sms_url="https://sms.example.cn",
        sms_key_id="id",
        sms_secret="s" * 20,
        sms_sign_name="lender",
        sms_templates=_templates(tmp_path),
        receipts_key="r" * 40,
        messages_a_day=10_000,
        checkpoint_copies=(copies,),
        breached_passwords=_breached(tmp_path),
    )
    now = clock.now()
    noon = now.astimezone(zone).replace(hour=12)
    folder.mkdir()
    for name in ("seal.pem", "seal.crt"):
        shutil.copy2(seal_key.with_name(name), folder)
    make_record_key(record_key_path(config), record_origin(config))
    folder.chmod(0o750)
    with transaction(database.engine) as session:
        publish_first(session, clock)
        beat(session, "web1:1", started_at=noon, jobs=3, now=noon)
        session.add(BackupMade(began_at=noon, finished_at=noon, size=1, manifest_sha256="0" * 64))
        session.add(
            DayRun(
                business_date=noon.date(),
                part="done",
                after_id=0,
                counts={},
                started_at=noon,
                finished_at=noon,
            )
        )
        session.add(RetentionRun(business_date=noon.date(), counts={}, started_at=noon, finished_at=noon))
    keeper_of(config, database.engine).keep()
    machine = Machine({"PORTAL_SECRET_KEY": KEY}, "UTF-8", "utf-8", free=100 << 30, total=200 << 30)
    return Installation(Patient(config, database.engine, machine, noon, noon.date(), clock), database)


def _breached(folder: Path) -> Path:
    path = folder / "breached.txt"
    path.write_text("".join(f"{number:040X}:{number}\n" for number in range(1, 2_000)), "ascii")
    return path


def _templates(folder: Path) -> Path:
    day = Clock(ZoneInfo("Asia/Shanghai")).today()
    codes = {
        locale: {
            section.code: f"SMS_{number}"
            for number, section in enumerate(PackagedTexts().load(TEXTS[Channel.SMS], locale, day).sections)
        }
        for locale in LOCALES
    }
    path = folder / "templates.json"
    path.write_text(json.dumps(codes), encoding="utf-8")
    return path
