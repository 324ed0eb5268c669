"""The settings: every bad value named at once, safe in production, and the same keys for every process."""

import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import pytest

from app import keys, settings
from app.settings import Mode, SettingsError

KEY = "k" * 32
PRODUCTION = {"MODE": "production", "DATABASE_URL": "postgresql://app:pw@db/orders", "JWT_SECRETS": KEY}


def test_defaults_serve_the_demonstration(tmp_path: Path) -> None:
    """Nothing set: development on the embedded database, with keys of its own."""
    made = settings.load({"DATA_FOLDER": str(tmp_path)})
    assert (made.mode, made.database_url, made.embedded, made.demonstration) == (Mode.DEVELOPMENT, None, True, True)
    assert (made.introspection, made.graphiql) == (True, True)
    assert len(made.jwt_secrets[0]) == 64
    assert made.payment_secrets.keys() == {"demonstration"}
    assert made.bank_feed_secret is not None
    assert made.limits.body_bytes == 262_144
    assert made.retention == timedelta(days=30)


def test_all_bad_values_are_named_at_once(tmp_path: Path) -> None:
    """One start is enough to learn of everything that is wrong."""
    bad = {
        "MODE": "staging",
        "PORT": "70000",
        "WORKERS": "0",
        "DATABASE_URL": "mysql://db/x",
        "JWT_SECRETS": f"{KEY},hunter2",
        "ALLOWED_ORIGINS": "https://erp.example.com/path",
        "INTROSPECTION": "perhaps",
        "RETENTION": "7",
        "PAYMENT_SECRETS": f"acme={KEY},acme={KEY}",
        "LIMIT_DEPTH": "deep",
        "BROADCAST_URL": "kafka://x",
    }
    with pytest.raises(SettingsError) as raised:
        settings.load({"DATA_FOLDER": str(tmp_path), **bad})
    assert {problem.split(":")[0] for problem in raised.value.problems} == bad.keys()
    assert "hunter2" not in str(raised.value), "a secret is never shown"


def test_production_has_nothing_of_the_demonstration() -> None:
    """No embedded database, no demonstration, no GraphiQL, introspection off unless switched on."""
    made = settings.load(PRODUCTION)
    assert (made.embedded, made.demonstration, made.graphiql, made.introspection) == (False, False, False, False)
    assert made.payment_secrets == {}
    assert made.bank_feed_secret is None
    assert settings.load({**PRODUCTION, "INTROSPECTION": "on"}).introspection is True


@pytest.mark.parametrize("missing", ["DATABASE_URL", "JWT_SECRETS"])
def test_production_needs_a_database_and_a_key(missing: str) -> None:
    """What development makes for itself must be given."""
    with pytest.raises(SettingsError) as raised:
        settings.load({name: value for name, value in PRODUCTION.items() if name != missing})
    assert [problem.split(":")[0] for problem in raised.value.problems] == [missing]


@pytest.mark.parametrize(
    ("name", "value"),
    [("GRAPHIQL", "on"), ("PAYMENT_SECRETS", f"demonstration={KEY}")],
)
def test_production_refuses_the_tools_of_development(name: str, value: str) -> None:
    """They are not switched off silently."""
    with pytest.raises(SettingsError, match=name):
        settings.load({**PRODUCTION, name: value})


def test_memory_rings_reach_one_process_only(tmp_path: Path) -> None:
    """With several processes they would be deaf to one another."""
    given = {"DATA_FOLDER": str(tmp_path), "BROADCAST_URL": "memory://"}
    assert settings.load(given).broadcast_url == "memory://"
    with pytest.raises(SettingsError, match="BROADCAST_URL"):
        settings.load({**given, "WORKERS": "2"})


def test_a_developer_database_has_no_demonstration(tmp_path: Path) -> None:
    """Demonstration tokens and provider live on the embedded default only."""
    made = settings.load({"DATA_FOLDER": str(tmp_path), "DATABASE_URL": "postgres://db/orders"})
    assert (made.demonstration, made.payment_secrets) == (False, {})
    assert made.database_url == "postgresql://db/orders"


def test_development_keys_are_made_once_for_all_processes(tmp_path: Path) -> None:
    """Processes that start together agree, and nobody else may read the file."""
    program = "import sys, pathlib; from app import keys; print(keys.development_keys(pathlib.Path(sys.argv[1])))"
    command = [sys.executable, "-c", program, str(tmp_path / "data")]
    starting = [subprocess.Popen(command, cwd=settings.ROOT, stdout=subprocess.PIPE, text=True) for _ in range(4)]
    said = {process.communicate(timeout=60)[0] for process in starting}
    assert said == {f"{keys.development_keys(tmp_path / 'data')}\n"}
    assert (tmp_path / "data" / "keys.json").stat().st_mode & 0o077 == 0
    assert [path.name for path in (tmp_path / "data").iterdir()] == ["keys.json"]


def test_damaged_keys_are_told(tmp_path: Path) -> None:
    """The message says which file and what to do."""
    (tmp_path / "keys.json").write_text("{")
    with pytest.raises(keys.KeysError, match=r"keys\.json is damaged\. Delete it"):
        keys.development_keys(tmp_path)


def test_the_table_names_every_setting_once() -> None:
    """Name, default and purpose, for the README and `python -m app settings`."""
    lines = settings.config_table().splitlines()[2:]
    names = [line.split("`")[1] for line in lines]
    assert len(names) == len(set(names)) > 25
    assert {"DATABASE_URL", "JWT_SECRETS", "LIMIT_COST"} <= set(names)
    assert all(line.count(" | ") == 2 and not line.endswith("|  |") for line in lines)
