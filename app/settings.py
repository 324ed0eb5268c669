"""The settings: the only reader of the environment; each is declared once, with what it is for."""

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields, replace
from datetime import timedelta
from enum import StrEnum, unique
from pathlib import Path
from typing import Any, NamedTuple

from dotenv import dotenv_values

from app import keys, setting_values

ROOT = Path(__file__).resolve().parent.parent


@unique
class Mode(StrEnum):
    """What the server is run for."""

    DEVELOPMENT = "development"
    PRODUCTION = "production"


class SettingsError(Exception):
    """Settings that cannot be used: every one of them, each with what to do."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__("\n".join(["These settings cannot be used:", *(f"  {problem}" for problem in problems)]))
        self.problems = problems


def setting(name: str, parse: Callable[[str], Any], default: str | None, about: str) -> Any:
    """A setting: its name in the environment, how its text is read, its text when unset, what it is for."""
    return field(metadata={"name": name, "parse": parse, "default": default, "about": about})


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """How much one client may ask for at once."""

    body_bytes: int = setting(
        "LIMIT_BODY_BYTES", setting_values.count, "262144", "Bytes of a request's body, and of a WebSocket message."
    )
    document_bytes: int = setting("LIMIT_DOCUMENT_BYTES", setting_values.count, "32768", "Bytes of a GraphQL document.")
    tokens: int = setting("LIMIT_TOKENS", setting_values.count, "3000", "Lexical tokens of a GraphQL document.")
    depth: int = setting("LIMIT_DEPTH", setting_values.count, "15", "Levels of nested fields.")
    aliases: int = setting("LIMIT_ALIASES", setting_values.count, "50", "Aliased fields, with fragments spread out.")
    directives: int = setting("LIMIT_DIRECTIVES", setting_values.count, "50", "Directives, with fragments spread out.")
    cost: int = setting(
        "LIMIT_COST", setting_values.count, "20000", "Cost of an operation: its fields times the sizes of their pages."
    )
    page_size: int = setting("LIMIT_PAGE_SIZE", setting_values.count, "100", "Objects of one page of a connection.")
    list_items: int = setting("LIMIT_LIST_ITEMS", setting_values.count, "250", "Elements of one list in the input.")
    operations_per_socket: int = setting(
        "LIMIT_OPERATIONS_PER_SOCKET", setting_values.count, "50", "Operations at once on one WebSocket."
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Webhooks:
    """How events are sent to the endpoints of integrations."""

    keys: tuple[str, ...] = setting(
        "WEBHOOK_KEYS",
        setting_values.secrets,
        None,
        "Keys that the secrets of webhook endpoints are made of, separated by commas: new secrets of the first, all "
        "sign. Unset in production: no endpoint can be made; in development one is made and kept in the data folder.",
    )
    loopback: bool = setting(
        "WEBHOOK_LOOPBACK",
        setting_values.switch,
        "off",
        "Whether webhooks may go to this machine, also by http: for a receiver under development. Refused in "
        "production.",
    )
    timeout: timedelta = setting(
        "WEBHOOK_TIMEOUT", setting_values.duration, "15s", "How long one attempt to send a webhook may take in all."
    )
    attempts: int = setting(
        "WEBHOOK_ATTEMPTS", setting_values.count, "12", "Attempts to send a webhook before it is given up."
    )
    first_wait: timedelta = setting(
        "WEBHOOK_FIRST_WAIT",
        setting_values.duration,
        "5s",
        "How long to wait after a first failed attempt; each wait is four times the one before, up to 6 hours.",
    )
    at_once: int = setting("WEBHOOK_AT_ONCE", setting_values.count, "16", "Attempts of one process at the same time.")
    pause_after: timedelta = setting(
        "WEBHOOK_PAUSE_AFTER",
        setting_values.duration,
        "24h",
        "How long an endpoint accepts nothing that it is sent before it is paused.",
    )
    retention: timedelta = setting(
        "WEBHOOK_RETENTION", setting_values.duration, "7d", "How long the log of a finished delivery is kept."
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """How this server runs; made by `load`, never changed."""

    mode: Mode = setting(
        "MODE",
        setting_values.one_of(Mode),
        "development",
        "`development` or `production`. Production has no embedded database, no demonstration and no GraphiQL.",
    )
    database_url: str | None = setting(
        "DATABASE_URL",
        setting_values.database_url,
        None,
        "The PostgreSQL database (`postgresql://user:password@host/name`). Unset in development: an embedded one.",
    )
    data_folder: Path = setting(
        "DATA_FOLDER",
        setting_values.folder,
        ".data",
        "Where the embedded database, the development keys and, unless told otherwise, uploaded files are kept.",
    )
    files_folder: Path | None = setting(
        "FILES_FOLDER",
        setting_values.folder,
        None,
        "Where uploaded files are kept; every process must reach it. Unset: `files` in the data folder.",
    )
    file_bytes: int = setting("FILE_BYTES", setting_values.count, "10485760", "Bytes of one uploaded file.")
    host: str = setting("HOST", str, "127.0.0.1", "The address to listen on.")
    port: int = setting("PORT", setting_values.port, "8000", "The port to listen on; 0 takes a free one.")
    workers: int = setting("WORKERS", setting_values.count, "1", "Server processes.")
    jwt_secrets: tuple[str, ...] = setting(
        "JWT_SECRETS",
        setting_values.secrets,
        None,
        "Keys of the bearer tokens (HS256, at least 32 bytes each), separated by commas: the first signs, all are "
        "accepted. Required in production; in development one is made and kept in the data folder.",
    )
    token_lifetime: timedelta = setting(
        "TOKEN_LIFETIME", setting_values.duration, "12h", "How long a bearer token made by `token` works."
    )
    access_token_lifetime: timedelta = setting(
        "ACCESS_TOKEN_LIFETIME", setting_values.duration, "90d", "How long an integration's access token works at most."
    )
    allowed_origins: tuple[str, ...] = setting(
        "ALLOWED_ORIGINS",
        setting_values.origins,
        "",
        "Origins of browser pages that may call, separated by commas, beside the server's own.",
    )
    introspection: bool = setting(
        "INTROSPECTION", setting_values.switch, None, "`on` or `off`; unset: on in development, off in production."
    )
    graphiql: bool = setting(
        "GRAPHIQL", setting_values.switch, None, "`on` or `off`; unset: on in development. Refused in production."
    )
    broadcast_url: str | None = setting(
        "BROADCAST_URL",
        setting_values.broadcast_url,
        None,
        "Where processes ring one another (`postgresql://…` or `memory://`). Unset: LISTEN and NOTIFY of the database.",
    )
    payment_secrets: Mapping[str, str] = setting(
        "PAYMENT_SECRETS",
        setting_values.named_secrets,
        "",
        "Webhook signing keys of the payment providers, as `name=key,name=key`.",
    )
    bank_feed_secret: str | None = setting(
        "BANK_FEED_SECRET", setting_values.secret, None, "Webhook signing key of the bank feed. Unset: no bank feed."
    )
    tracking_secrets: Mapping[str, str] = setting(
        "TRACKING_SECRETS",
        setting_values.named_secrets,
        "",
        "Webhook signing keys of the sources of tracking, as `name=key,name=key`.",
    )
    sweep_interval: timedelta = setting(
        "SWEEP_INTERVAL", setting_values.duration, "1s", "The longest time between two looks for deadlines run out."
    )
    retention: timedelta = setting(
        "RETENTION", setting_values.duration, "30d", "How far back a cursor of the event feed is served."
    )
    sheet_retention: timedelta = setting(
        "SHEET_RETENTION", setting_values.duration, "7d", "How long the file of a list of orders is kept."
    )
    statement_timeout: timedelta = setting(
        "STATEMENT_TIMEOUT", setting_values.duration, "10s", "How long one SQL statement may take."
    )
    connections: int = setting(
        "CONNECTIONS", setting_values.count, "10", "Connections to the database for reading, and as many for writing."
    )
    budget: int = setting(
        "BUDGET", setting_values.count, "400000", "Cost that an access token, or an account, may spend at once."
    )
    restore_rate: int = setting(
        "RESTORE_RATE", setting_values.count, "20000", "Cost that comes back to a budget every second."
    )
    webhooks: Webhooks = field(metadata={"group": Webhooks})
    limits: Limits = field(metadata={"group": Limits})

    @property
    def embedded(self) -> bool:
        """Whether the database is the embedded one."""
        return self.database_url is None

    @property
    def demonstration(self) -> bool:
        """Whether the demonstration market, its tokens and its payment provider are there."""
        return self.embedded and self.mode is Mode.DEVELOPMENT

    @property
    def postgres_folder(self) -> Path:
        """Where the embedded PostgreSQL keeps its data."""
        return self.data_folder / "postgres"

    @property
    def storage_folder(self) -> Path:
        """Where uploaded files are kept."""
        return self.files_folder or self.data_folder / "files"


def load(environ: Mapping[str, str] | None = None) -> Settings:
    """Read the settings from `.env` and the environment, which wins; name every bad value at once."""
    if environ is None:
        found = {**dotenv_values(ROOT / ".env"), **os.environ}
        environ = {name: value for name, value in found.items() if value is not None}
    problems: list[str] = []
    values = _read(Settings, environ, problems)
    problems += _contradictions(values)
    if problems:
        raise SettingsError(problems)
    return _with_development_keys(Settings(**values))


class Row(NamedTuple):
    """A line of the configuration table."""

    name: str
    default: str
    about: str


def config_table() -> str:
    """Every setting as a Markdown table, for the README and for `python -m app settings`."""
    rows = [f"| `{row.name}` | {f'`{row.default}`' if row.default else '–'} | {row.about} |" for row in _rows(Settings)]
    return "\n".join(["| setting | default | what it is for |", "| --- | --- | --- |", *rows]) + "\n"


def _rows(declared: type) -> list[Row]:
    rows: list[Row] = []
    for one in fields(declared):
        if "group" in one.metadata:
            rows += _rows(one.metadata["group"])
        else:
            rows.append(Row(one.metadata["name"], one.metadata["default"] or "", one.metadata["about"]))
    return rows


def _read(declared: type, environ: Mapping[str, str], problems: list[str]) -> dict[str, Any]:
    values: dict[str, Any] = {}
    for one in fields(declared):
        if "group" in one.metadata:
            inner = _read(one.metadata["group"], environ, problems)
            values[one.name] = one.metadata["group"](**inner)
            continue
        name = one.metadata["name"]
        text = environ.get(name, "").strip() or one.metadata["default"]
        try:
            values[one.name] = None if text is None else one.metadata["parse"](text)
        except ValueError as error:
            problems.append(f"{name}: {error}")
            values[one.name] = None
    values_of_mode = {"introspection", "graphiql"} & values.keys()
    values |= {name: values["mode"] is not Mode.PRODUCTION for name in values_of_mode if values[name] is None}
    return values


def _contradictions(values: dict[str, Any]) -> list[str]:
    """Values that are good each by itself and not together."""
    problems = []
    if values["mode"] is Mode.PRODUCTION:
        if values["database_url"] is None:
            problems.append("DATABASE_URL: production has no embedded database; name a PostgreSQL database.")
        if values["jwt_secrets"] is None:
            problems.append(
                "JWT_SECRETS: production needs a key of 32 bytes or more; `openssl rand -hex 32` makes one."
            )
        if values["graphiql"]:
            problems.append("GRAPHIQL: production has no GraphiQL; unset it.")
        if "demonstration" in (values["payment_secrets"] or {}):
            problems.append("PAYMENT_SECRETS: `demonstration` is the development's provider; name your own.")
        if "demonstration" in (values["tracking_secrets"] or {}):
            problems.append("TRACKING_SECRETS: `demonstration` is the development's source; name your own.")
        if values["webhooks"].loopback:
            problems.append("WEBHOOK_LOOPBACK: production sends webhooks to the public internet only; unset it.")
    if (values["budget"] or 0) < (values["limits"].cost or 0):
        problems.append("BUDGET: it must hold what one operation may cost (LIMIT_COST).")
    if values["broadcast_url"] == "memory://" and (values["workers"] or 1) > 1:
        problems.append("BROADCAST_URL: memory:// reaches one process only; unset it, or set WORKERS to 1.")
    return problems


def _with_development_keys(chosen: Settings) -> Settings:
    """Fill in the keys that a development server makes for itself."""
    if chosen.mode is Mode.PRODUCTION:
        return chosen
    own = keys.development_keys(chosen.data_folder)
    if not chosen.jwt_secrets:
        chosen = replace(chosen, jwt_secrets=(own["jwt"],))
    if not chosen.webhooks.keys:
        chosen = replace(chosen, webhooks=replace(chosen.webhooks, keys=(own["webhooks"],)))
    if chosen.demonstration:
        payment = {"demonstration": own["demonstration"], **chosen.payment_secrets}
        tracking = {"demonstration": own["tracking"], **chosen.tracking_secrets}
        chosen = replace(chosen, tracking_secrets=tracking)
        chosen = replace(chosen, payment_secrets=payment, bank_feed_secret=chosen.bank_feed_secret or own["bank_feed"])
    return chosen
