"""Migrating a database from the program itself, without Alembic's command."""

from pathlib import Path
from threading import Lock

from alembic import command
from alembic.config import Config
from alembic.util import CommandError

ROOT = Path(__file__).resolve().parents[2]
# Alembic keeps the running migration in a module: a second thread would overwrite it.
ONE_AT_A_TIME = Lock()


class MigrationError(Exception):
    """The database cannot be brought to the wanted revision."""


def config(url: str) -> Config:
    """Alembic's configuration for the database at this URL."""
    made = Config(ROOT / "alembic.ini")
    made.attributes["url"] = url
    return made


def upgrade(url: str, revision: str = "head") -> None:
    """Bring the database up to a revision; it opens an event loop of its own, so call it where none runs."""
    try:
        with ONE_AT_A_TIME:
            command.upgrade(config(url), revision)
    except CommandError as error:
        raise MigrationError(f"The database cannot be upgraded to {revision}: {error}.") from error


def downgrade(url: str, revision: str = "-1") -> None:
    """Take the database down to a revision; by default one step."""
    try:
        with ONE_AT_A_TIME:
            command.downgrade(config(url), revision)
    except CommandError as error:
        raise MigrationError(f"The database cannot be taken down to {revision}: {error}.") from error
