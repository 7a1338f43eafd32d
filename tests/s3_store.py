"""A stand-in of an object store that speaks S3: buckets in memory, and every request's signature (version 4) checked."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from hashlib import md5
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from urllib.parse import parse_qs, unquote, urlsplit
from xml.sax.saxutils import escape

from botocore.auth import S3SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

KEY_ID, SECRET, REGION = "stand-in", "a secret of the stand-in", "cn-north-1"
PER_PAGE = 2
"""So few, that a listing of some checkpoints takes several pages."""


@dataclass
class Store:
    """``objects`` by bucket and key. ``refuses`` is a status that everything is answered with."""

    address: str = ""
    objects: dict[str, bytes] = field(default_factory=dict)
    refuses: int | None = None
    tells_digests: bool = True
    reads: list[str] = field(default_factory=list)

    @property
    def env(self) -> dict[str, str]:
        """What an S3 client reads."""
        return {
            "AWS_ACCESS_KEY_ID": KEY_ID,
            "AWS_SECRET_ACCESS_KEY": SECRET,
            "AWS_DEFAULT_REGION": REGION,
            "AWS_ENDPOINT_URL_S3": self.address,
        }


@contextmanager
def running_store() -> Iterator[Store]:
    store = Store()

    class Handler(_Handler):
        pass

    Handler.store = store
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    store.address = f"http://127.0.0.1:{server.server_port}"
    Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    try:
        yield store
    finally:
        server.shutdown()
        server.server_close()


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    store: Store

    def do_PUT(self) -> None:
        body = self._body()
        if not self._is_let_in(body):
            return
        if self.headers.get("If-None-Match") == "*" and self._key in self.store.objects:
            self._answer(412, _error("PreconditionFailed"))
            return
        self.store.objects[self._key] = body
        self._answer(200)

    def do_GET(self) -> None:
        if not self._is_let_in():
            return
        if "list-type" in self.path:
            self._answer(200, self._listing().encode())
        elif self._key in self.store.objects:
            self.store.reads.append(self._key)
            self._answer(200, self.store.objects[self._key])
        else:
            self._answer(404, _error("NoSuchKey"))

    def do_DELETE(self) -> None:
        if self._is_let_in():
            self.store.objects.pop(self._key, None)
            self._answer(204)

    @property
    def _key(self) -> str:
        return unquote(urlsplit(self.path).path).lstrip("/")

    def _body(self) -> bytes:
        """As it was meant: clients may send it in signed chunks."""
        if self.headers.get("Transfer-Encoding") == "chunked" or "aws-chunked" in self.headers.get(
            "Content-Encoding", ""
        ):
            raise NotImplementedError("chunks")
        return self.rfile.read(int(self.headers.get("Content-Length", 0)))

    def _is_let_in(self, body: bytes = b"") -> bool:
        if self.store.refuses:
            self._answer(self.store.refuses, _error("SlowDown"))
            return False
        if not self._is_signed(body):
            self._answer(403, _error("SignatureDoesNotMatch"))
            return False
        return True

    def _is_signed(self, body: bytes) -> bool:
        said = self.headers.get("Authorization", "")
        if not said.startswith("AWS4-HMAC-SHA256 "):
            return False
        parts = dict(part.strip().split("=", 1) for part in said.split(" ", 1)[1].split(","))
        names = parts["SignedHeaders"].split(";")
        request = AWSRequest(
            self.command,
            f"{self.store.address}{self.path}",
            headers={name: self.headers[name] for name in names},
            data=body,
        )
        request.context["timestamp"] = self.headers["x-amz-date"]
        auth = S3SigV4Auth(Credentials(KEY_ID, SECRET), "s3", REGION)
        wanted = auth.signature(auth.string_to_sign(request, auth.canonical_request(request)), request)
        return parts["Credential"].startswith(f"{KEY_ID}/") and parts["Signature"] == wanted

    def _listing(self) -> str:
        asked = {name: values[0] for name, values in parse_qs(urlsplit(self.path).query).items()}
        bucket, prefix = self._key.rstrip("/"), asked.get("prefix", "")
        keys = sorted(
            key.removeprefix(f"{bucket}/") for key in self.store.objects if key.startswith(f"{bucket}/")
        )
        keys = [key for key in keys if key.startswith(prefix) and "/" not in key[len(prefix) :]]
        start = int(asked.get("continuation-token", "0"))
        more = start + PER_PAGE < len(keys)
        items = "".join(self._item(bucket, key) for key in keys[start : start + PER_PAGE])
        following = f"<NextContinuationToken>{start + PER_PAGE}</NextContinuationToken>" if more else ""
        return (
            f"<ListBucketResult><IsTruncated>{'true' if more else 'false'}</IsTruncated>{following}{items}"
            "</ListBucketResult>"
        )

    def _item(self, bucket: str, key: str) -> str:
        digest = md5(self.store.objects[f"{bucket}/{key}"], usedforsecurity=False).hexdigest()
        told = f'<ETag>"{digest}"</ETag>' if self.store.tells_digests else ""
        return f"<Contents><Key>{escape(key)}</Key>{told}</Contents>"

    def _answer(self, status: int, body: bytes = b"") -> None:
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_said: object) -> None:
        pass


def _error(code: str) -> bytes:
    return f"<Error><Code>{code}</Code><Message>{code}</Message></Error>".encode()
