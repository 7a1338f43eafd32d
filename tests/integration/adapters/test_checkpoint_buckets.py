"""Checkpoints in an object store: written once, held against the folder, and never in anybody's way."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from portal.adapters.checkpoint_buckets import BucketError, CheckpointBucket
from portal.adapters.checkpoint_copies import CopiedCheckpoints, checkpoint_store
from portal.adapters.checkpoint_files import CheckpointFolder
from portal.adapters.record_keys import RecordKey, make_record_key
from portal.config import Config, ConfigError
from portal.domain.checkpoints import Checkpoint, Unusable
from portal.domain.record_keys import TrustedKey
from tests.s3_store import Store, running_store

ADDRESS = "s3://evidence/record/one"
AT = "evidence/record/one"


@pytest.fixture
def store(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Store]:
    with running_store() as running:
        for name, value in running.env.items():
            monkeypatch.setenv(name, value)
        monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "none"))
        yield running


@pytest.fixture
def key(tmp_path: Path) -> RecordKey:
    return make_record_key(tmp_path / "record.pem", "example.org/record")


@pytest.fixture
def copied(store: Store, tmp_path: Path) -> CopiedCheckpoints:
    return CopiedCheckpoints(CheckpointFolder(tmp_path / "checkpoints"), [CheckpointBucket(ADDRESS)])


def note(key: RecordKey, size: int) -> str:
    return str(key.sign(str(Checkpoint(key.public.name, size, bytes([size]) * 32))))


def test_a_checkpoint_is_written_once_and_never_over(store: Store, key: RecordKey) -> None:
    bucket = CheckpointBucket(ADDRESS)
    assert bucket.sizes() == []
    for size in (30, 2, 11):
        assert bucket.keep(note(key, size), size)
    assert not bucket.keep("another", 2)
    assert bucket.sizes() == [2, 11, 30]
    assert store.objects[f"{AT}/000000000000002.txt"].decode() == note(key, 2)
    assert bucket.keep_stamp(2, b"token")
    assert not bucket.keep_stamp(2, b"other")
    assert bucket.sizes() == [2, 11, 30]
    assert bucket.has(note(key, 2), 2)
    assert not bucket.has(note(key, 3), 2)


def test_a_bucket_has_everything_that_the_folder_has(
    store: Store, copied: CopiedCheckpoints, key: RecordKey
) -> None:
    copied.keep(note(key, 1), 1)
    copied.main.keep(note(key, 2), 2)
    trusted = [TrustedKey(key.public)]
    assert not [each for each in copied.read(trusted) if isinstance(each, Unusable)]
    assert CheckpointBucket(ADDRESS).sizes() == [1, 2]
    assert store.reads == [], "what the listing tells by its digest is not read"


@pytest.mark.parametrize("tells_digests", [True, False])
def test_what_differs_or_is_gone_from_the_folder_is_named(
    store: Store, copied: CopiedCheckpoints, key: RecordKey, tells_digests: bool
) -> None:
    store.tells_digests = tells_digests
    for size in (1, 2):
        copied.keep(note(key, size), size)
    store.objects[f"{AT}/000000000000003.txt"] = note(key, 3).encode()
    store.objects[f"{AT}/000000000000001.txt"] += b"x"
    found = [each for each in copied.read([TrustedKey(key.public)]) if isinstance(each, Unusable)]
    assert found == [
        Unusable(f"{ADDRESS}/000000000000001.txt", "differs"),
        Unusable("000000000000003.txt", "missing"),
    ]


def test_what_a_lost_key_signed_is_set_aside_and_kept(store: Store, key: RecordKey) -> None:
    bucket = CheckpointBucket(ADDRESS)
    for size in (1, 2, 3):
        bucket.keep(note(key, size), size)
    assert bucket.set_aside(1) == 2
    assert bucket.sizes() == [1]
    assert store.objects[f"{AT}/set-aside/000000000000003.txt"].decode() == note(key, 3)


@pytest.mark.parametrize("status", [403, 503])
def test_a_store_that_refuses_holds_nothing_up(
    store: Store, copied: CopiedCheckpoints, key: RecordKey, status: int
) -> None:
    store.refuses = status
    assert copied.keep(note(key, 1), 1)
    assert copied.latest() == note(key, 1)
    assert not [each for each in copied.read([TrustedKey(key.public)]) if isinstance(each, Unusable)]
    with pytest.raises(BucketError):
        CheckpointBucket(ADDRESS).keep(note(key, 1), 1)
    store.refuses = None
    list(copied.read([TrustedKey(key.public)]))
    assert CheckpointBucket(ADDRESS).sizes() == [1]


def test_a_wrong_secret_is_refused(store: Store, key: RecordKey, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "another secret")
    with pytest.raises(BucketError, match="SignatureDoesNotMatch"):
        CheckpointBucket(ADDRESS).keep(note(key, 1), 1)


def test_the_configuration_names_the_bucket_or_is_refused(
    store: Store, key: RecordKey, tmp_path: Path
) -> None:
    config = Config("sqlite://", "x" * 32, data_dir=tmp_path, testing=True, checkpoint_bucket=ADDRESS)
    checkpoint_store(config).keep(note(key, 1), 1)
    assert CheckpointBucket(ADDRESS).sizes() == [1]
    with pytest.raises(ConfigError, match="PORTAL_CHECKPOINT_BUCKET"):
        Config("sqlite://", "x" * 32, data_dir=tmp_path, testing=True, checkpoint_bucket="evidence/record")
