"""The JSON Schema (2020-12) of an agreement's canonical content, read from the parts themselves: it says what they do."""

from collections.abc import Mapping, Sequence
from dataclasses import fields, is_dataclass
from functools import cache
from types import NoneType, UnionType
from typing import Any, Final, get_args, get_origin, get_type_hints

from portal.domain.agreements import AgreementContent

DIALECT: Final = "https://json-schema.org/draft/2020-12/schema"
READING: Final = (
    "Sums are whole numbers of minor units (fen, cents) of loan.currency; rates are decimal text in percent a year; "
    "dates are ISO 8601. The SHA-256 of content.json, byte for byte, is the content digest that was signed."
)


@cache
def content_schema() -> Mapping[str, Any]:
    """The schema of ``AgreementContent.as_data()``; parts stand under ``$defs`` by their name."""
    parts: dict[str, Any] = {}
    whole = _object(AgreementContent, parts)
    return {"$schema": DIALECT, "title": "Agreement", "description": READING, **whole, "$defs": parts}


def _object(kind: type[Any], parts: dict[str, Any]) -> dict[str, Any]:
    hints = get_type_hints(kind)
    named = {field.name: _type(hints[field.name], parts) for field in fields(kind)}
    return {
        "type": "object",
        "properties": named,
        "required": [field.name for field in fields(kind) if not field.metadata],
        "additionalProperties": False,
    }


def _type(hint: Any, parts: dict[str, Any]) -> dict[str, Any]:
    plain = {int: "integer", str: "string", bool: "boolean", NoneType: "null"}
    if hint in plain:
        return {"type": plain[hint]}
    if is_dataclass(hint):
        return _part(hint, parts)  # type: ignore[arg-type]
    origin, arguments = get_origin(hint), get_args(hint)
    if origin is UnionType:
        return {"anyOf": [_type(each, parts) for each in arguments]}
    if origin is Sequence:
        return {"type": "array", "items": _type(arguments[0], parts)}
    if origin is Mapping:
        value = arguments[1]
        return {"type": "object", "additionalProperties": True if value is object else _type(value, parts)}
    raise TypeError(f"no schema for {hint}")


def _part(kind: type[Any], parts: dict[str, Any]) -> dict[str, Any]:
    if kind.__name__ not in parts:
        parts[kind.__name__] = {}
        parts[kind.__name__] = {"description": _said(kind), **_object(kind, parts)}
    return {"$ref": f"#/$defs/{kind.__name__}"}


def _said(kind: type[Any]) -> str:
    return " ".join((kind.__doc__ or "").split())
