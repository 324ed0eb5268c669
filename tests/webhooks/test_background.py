"""What a process does beside serving, or without it."""

import asyncio
from dataclasses import replace
from pathlib import Path

import pytest

from app import settings
from app.background import alone
from app.services import services
from tests.api.server import environment


@pytest.mark.parametrize("keys", [(), ("a key of the tests that webhooks are signed with",)])
async def test_a_process_without_a_key_sends_nothing(
    fresh_database_url: str, tmp_path: Path, keys: tuple[str, ...]
) -> None:
    """In place of taking every endpoint for one whose secret is lost; whatever else there is to do it does."""
    chosen = settings.load(environment(fresh_database_url, tmp_path))
    chosen = replace(chosen, webhooks=replace(chosen.webhooks, keys=keys))
    async with services(chosen) as made, alone(made):
        doing = {task.get_name() for task in asyncio.all_tasks()}
    assert doing >= {"sweeper", "sheets"}
    assert ("webhooks" in doing) is bool(keys)
