"""The keys a development server makes for itself, once, and keeps in its data folder."""

import hashlib
import json
import os
import secrets
import tempfile
from pathlib import Path

NAMES = ("jwt", "demonstration", "bank_feed")
LATER = {"tracking": "demonstration", "webhooks": "jwt"}


class KeysError(Exception):
    """The development keys can be neither read nor made; the message says what to do."""


def development_keys(folder: Path) -> dict[str, str]:
    """The keys in this folder, made at the first call; several processes that come at once agree on them."""
    path = folder / "keys.json"
    try:
        if not path.exists():
            _make(path)
        kept = json.loads(path.read_text())
        made = {name: str(kept[name]) for name in NAMES}
        # keys of their own that folders made before there was tracking, or webhooks were sent, have, too
        for name, source in LATER.items():
            made[name] = hashlib.sha256(f"{name} {made[source]}".encode()).hexdigest()
        return made
    except (ValueError, KeyError, TypeError):
        raise KeysError(f"{path} is damaged. Delete it; a new one is made, and old development tokens end.") from None
    except OSError as error:
        raise KeysError(
            f"{path} cannot be used ({error.strerror}). Start as the user who owns that folder, "
            "or name another one in DATA_FOLDER."
        ) from error


def _make(path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.NamedTemporaryFile("w", dir=path.parent, prefix=".keys-") as made:
        json.dump({name: secrets.token_hex(32) for name in NAMES}, made)
        made.flush()
        os.fsync(made.fileno())
        try:
            os.link(made.name, path)
        except FileExistsError:
            return  # another process was first: its keys are the keys
