"""Where the program takes cryptography from: which primitive in which module, and how often it is named there."""

import ast
import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
OF = (
    "argon2",
    "cryptography.hazmat.primitives.asymmetric",
    "cryptography.hazmat.primitives.ciphers",
    "cryptography.hazmat.primitives.hashes",
    "cryptography.hazmat.primitives.kdf",
    "hashlib",
    "hmac",
    "itsdangerous",
    "pyhanko.sign",
    "pyotp",
    "random",
    "secrets",
    "webauthn",
)
"""Libraries that make or check hashes, signatures, keys and chance. Readers of files and forms are none."""
_LEFT_OUT = ("argon2.exceptions", "itsdangerous.BadData", "webauthn.helpers", "pyhanko.sign.fields")


_IMPORTS = re.compile(
    rf"^\s*(import|from)\b.*\b({'|'.join(sorted({each.partition('.')[0] for each in OF}))})\b", re.MULTILINE
)


def uses(source: str) -> Counter[str]:
    """Each primitive by its full name, with how often the code names it."""
    if not _IMPORTS.search(source):
        return Counter()
    tree = ast.parse(source)
    known, said = dict(_imported(tree)), set(_in_annotations(tree))
    return Counter(filter(None, (_named(node, known) for node in ast.walk(tree) if node not in said)))


def uses_of_the_program() -> dict[str, Counter[str]]:
    found = {
        path.relative_to(ROOT).as_posix(): uses(path.read_text(encoding="utf-8"))
        for path in sorted((ROOT / "portal").rglob("*.py"))
    }
    return {module: named for module, named in found.items() if named}


def _imported(tree: ast.AST) -> Iterator[tuple[str, str]]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from ((each.asname or each.name, each.name) for each in node.names if _counts(each.name))
        elif isinstance(node, ast.ImportFrom) and node.module:
            whole = ((each.asname or each.name, f"{node.module}.{each.name}") for each in node.names)
            yield from ((name, full) for name, full in whole if _counts(full))


def _in_annotations(tree: ast.AST) -> Iterator[ast.AST]:
    """Types are no uses."""
    for node in ast.walk(tree):
        for each in (getattr(node, "annotation", None), getattr(node, "returns", None)):
            if isinstance(each, ast.AST):
                yield from ast.walk(each)


def _counts(full: str) -> bool:
    is_one = any(full == each or full.startswith(f"{each}.") for each in OF)
    return is_one and not full.startswith(_LEFT_OUT)


def _named(node: ast.AST, known: dict[str, str]) -> str | None:
    """``hmac.digest`` of the module ``hmac``, and ``AESGCM`` where it was imported by itself; the module's own name is none."""
    if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id in known:
        full = known[node.value.id]
        return f"{full}.{node.attr}" if full.rpartition(".")[2].islower() else None
    if isinstance(node, ast.Name) and node.id in known and not _is_module(known[node.id]):
        return known[node.id]
    return None


def _is_module(full: str) -> bool:
    return full in OF or full.rpartition(".")[2] in {"ec", "ed25519", "padding", "rsa", "hashes"}
