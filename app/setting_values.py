"""How the text of a setting is read; each function answers the value or says in a ValueError what to write."""

import re
from collections.abc import Callable
from datetime import timedelta
from enum import StrEnum
from pathlib import Path
from types import MappingProxyType
from typing import TypeVar
from urllib.parse import SplitResult, urlsplit

KEY_BYTES = 32
UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86400}
E = TypeVar("E", bound=StrEnum)


def one_of(names: type[E]) -> Callable[[str], E]:
    """A reader of one of the enum's values."""

    def read(text: str) -> E:
        try:
            return names(text.lower())
        except ValueError:
            raise ValueError(f"{text!r} is none of {', '.join(names)}.") from None

    return read


def count(text: str) -> int:
    """A whole number, at least 1."""
    if not re.fullmatch(r"[0-9]{1,12}", text) or int(text) < 1:
        raise ValueError(f"{text!r} is not a whole number of at least 1.")
    return int(text)


def port(text: str) -> int:
    """A TCP port, or 0 for any free one."""
    if not re.fullmatch(r"[0-9]{1,5}", text) or int(text) > 65535:
        raise ValueError(f"{text!r} is not a port; write a number from 0 to 65535.")
    return int(text)


def switch(text: str) -> bool:
    """`on` or `off`, in the usual spellings."""
    known = {"on": True, "true": True, "1": True, "yes": True, "off": False, "false": False, "0": False, "no": False}
    if text.lower() not in known:
        raise ValueError(f"{text!r} is neither `on` nor `off`.")
    return known[text.lower()]


def duration(text: str) -> timedelta:
    """A length of time with its unit, such as 30s, 15m, 12h or 90d."""
    matched = re.fullmatch(r"([0-9]{1,9}(?:\.[0-9]{1,3})?)\s*([smhd])", text)
    if not matched or float(matched[1]) == 0:
        raise ValueError(f"{text!r} is not a length of time; write a number and s, m, h or d, such as 15m.")
    return timedelta(seconds=float(matched[1]) * UNITS[matched[2]])


def folder(text: str) -> Path:
    """A folder; a relative one is below the product's own."""
    return (Path(__file__).resolve().parent.parent / Path(text).expanduser()).absolute()


def database_url(text: str) -> str:
    """The URL of a PostgreSQL database."""
    parts = _parts(text)
    if parts.scheme not in ("postgres", "postgresql", "postgresql+asyncpg"):
        raise ValueError("it is not the URL of a PostgreSQL database; write postgresql://user:password@host:5432/name.")
    if not parts.path.strip("/"):
        raise ValueError("it names no database; write postgresql://user:password@host:5432/name.")
    return f"postgresql{text[len(parts.scheme) :]}"


def broadcast_url(text: str) -> str:
    """Where processes ring one another."""
    if text == "memory://" or _parts(text).scheme in ("postgres", "postgresql"):
        return text
    raise ValueError("it is neither postgresql://… nor memory://.")


def secret(text: str) -> str:
    """A signing key that nobody can guess."""
    if len(text.encode()) < KEY_BYTES:
        raise ValueError(f"a key of {len(text.encode())} bytes is too short; `openssl rand -hex 32` makes a good one.")
    return text


def secrets(text: str) -> tuple[str, ...]:
    """Signing keys, separated by commas."""
    return tuple(secret(part) for part in listed(text))


def named_secrets(text: str) -> MappingProxyType[str, str]:
    """Signing keys by name, as name=key,name=key."""
    found: dict[str, str] = {}
    for part in listed(text):
        name, separator, key = part.partition("=")
        if not separator or not re.fullmatch(r"[a-z0-9_-]+", name):
            raise ValueError("write name=key,name=key with names of small letters, digits, - and _.")
        if name in found:
            raise ValueError(f"{name!r} is named twice.")
        found[name] = secret(key)
    return MappingProxyType(found)


def origins(text: str) -> tuple[str, ...]:
    """Origins of pages, as https://host or https://host:port."""
    for part in listed(text):
        parts = _parts(part)
        if parts.scheme not in ("http", "https") or not parts.hostname or part != f"{parts.scheme}://{parts.netloc}":
            raise ValueError(f"{part!r} is not an origin; write https://host or https://host:port, nothing after it.")
    return tuple(part.lower() for part in listed(text))


def listed(text: str) -> list[str]:
    """The parts between commas, without the empty ones."""
    return [part.strip() for part in text.split(",") if part.strip()]


def _parts(text: str) -> SplitResult:
    try:
        parts = urlsplit(text)
        parts.port  # noqa: B018 - reading it is what checks it
    except ValueError as error:
        raise ValueError(f"it is not a URL: {error}.") from None
    return parts
