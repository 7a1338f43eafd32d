"""Copies of checkpoints in an object store that speaks S3 (Amazon's, or of most clouds): a place that the database's owner need not reach.

An object is written only where there is none of its name. Keys, region and address are read as every S3 client reads them
(``AWS_ACCESS_KEY_ID``, ``AWS_SECRET_ACCESS_KEY``, ``AWS_DEFAULT_REGION``, ``AWS_ENDPOINT_URL_S3``).
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import cached_property
from hashlib import md5
from typing import Any, Final
from urllib.parse import urlsplit

from portal.adapters.checkpoint_files import SET_ASIDE, STAMPS, is_note

SECONDS: Final = 5
"""For a connection, and for each answer: a store that hangs must not hold up who signs."""


class BucketError(OSError):
    """The store did not do what it was asked; its text is what it said."""


class CheckpointBucket:
    """``address`` is ``s3://bucket/prefix``; objects are named as the files of a folder of checkpoints."""

    def __init__(self, address: str) -> None:
        parts = urlsplit(address)
        if parts.scheme != "s3" or not parts.netloc:
            raise ValueError(f"not an address of a bucket: {address}")
        self.name = address
        self._bucket = parts.netloc
        prefix = parts.path.strip("/")
        self._prefix = f"{prefix}/" if prefix else ""
        self._digests: dict[str, str] = {}

    def keep(self, note: str, size: int) -> bool:
        """False where one of this size is kept already. Raises ``BucketError``, as all here."""
        return self._write_once(_note_name(size), note.encode())

    def keep_stamp(self, size: int, stamp: bytes) -> bool:
        return self._write_once(f"{STAMPS}/{size:015d}.tst", stamp)

    def has(self, note: str, size: int) -> bool:
        """By the digest that the last listing told, where the store tells one; else the object is read."""
        listed = self._digests.get(_note_name(size))
        said = md5(note.encode(), usedforsecurity=False).hexdigest()
        return listed == said or self._read(_note_name(size)) == note.encode()

    def sizes(self) -> Sequence[int]:
        """The smallest first."""
        self._digests = dict(self._listed())
        return sorted(int(name[:-4]) for name in self._digests if is_note(name))

    def set_aside(self, above: int) -> int:
        """As a folder does: put away under another name, never deleted without a copy."""
        gone = [size for size in self.sizes() if size > above]
        for size in gone:
            name = _note_name(size)
            body = self._read(name)
            self._write_once(f"{SET_ASIDE}/{name}", body or b"")
            with self._asked() as client:
                client.delete_object(Bucket=self._bucket, Key=self._prefix + name)
        return len(gone)

    def _listed(self) -> Iterator[tuple[str, str]]:
        """Names of what lies right under the prefix, and the digests that the store tells of them (MD5 in most)."""
        with self._asked() as client:
            pages = client.get_paginator("list_objects_v2").paginate(
                Bucket=self._bucket, Prefix=self._prefix, Delimiter="/"
            )
            for page in pages:
                for each in page.get("Contents", ()):
                    yield str(each["Key"])[len(self._prefix) :], str(each.get("ETag", "")).strip('"')

    def _read(self, name: str) -> bytes | None:
        with self._asked() as client:
            try:
                answer = client.get_object(Bucket=self._bucket, Key=self._prefix + name)
            except client.exceptions.NoSuchKey:
                return None
            return bytes(answer["Body"].read())

    def _write_once(self, name: str, body: bytes) -> bool:
        from botocore.exceptions import ClientError  # noqa: PLC0415 - loaded by whoever keeps copies in a store

        with self._asked() as client:
            try:
                client.put_object(Bucket=self._bucket, Key=self._prefix + name, Body=body, IfNoneMatch="*")
            except ClientError as error:
                if error.response["ResponseMetadata"]["HTTPStatusCode"] == 412:
                    return False
                raise
        return True

    @contextmanager
    def _asked(self) -> Iterator[Any]:
        from botocore.exceptions import BotoCoreError, ClientError  # noqa: PLC0415

        try:
            yield self._client
        except (BotoCoreError, ClientError) as error:
            raise BucketError(str(error)) from error

    @cached_property
    def _client(self) -> Any:
        from botocore.config import Config  # noqa: PLC0415
        from botocore.session import get_session  # noqa: PLC0415

        config = Config(connect_timeout=SECONDS, read_timeout=SECONDS, retries={"total_max_attempts": 2})
        return get_session().create_client("s3", config=config)


def _note_name(size: int) -> str:
    return f"{size:015d}.txt"
