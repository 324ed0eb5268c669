"""Start-up checks."""

from app.reads.catalog import Catalog


def check(catalog: Catalog) -> None:
    """All checks."""
