"""npm packages run against the server, where Node is present and its registry answers."""

import asyncio
import json
import shutil
from pathlib import Path
from typing import Any

import pytest

needs_node = pytest.mark.skipif(
    not shutil.which("node") or not shutil.which("npm"), reason="Node and npm are not installed"
)
# a registry that does not answer is soon given up: the same cases run in Python
INSTALL = ("npm", "install", "--no-audit", "--no-fund", "--fetch-retries=0", "--fetch-timeout=15000", "--prefix", ".")


async def run_script(folder: Path, packages: tuple[str, ...], script: str, *arguments: str) -> Any:
    """Install packages into a folder, run a script beside them and read the JSON it prints."""
    code, _, told = await _run(folder, *INSTALL, *packages)
    if code:
        why = next((line for line in told.splitlines() if "error" in line), f"npm ended with {code}")
        pytest.skip(f"the npm packages {', '.join(packages)} cannot be had: {why}")
    (folder / "script.mjs").write_text(script)
    code, said, told = await _run(folder, "node", "script.mjs", *arguments)
    assert code == 0, told
    return json.loads(said)


async def _run(folder: Path, *command: str) -> tuple[int | None, str, str]:
    """Run a command; its exit code, what it said and what it complained of."""
    process = await asyncio.create_subprocess_exec(
        *command, cwd=folder, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE
    )
    said, told = await process.communicate()
    return process.returncode, said.decode(), told.decode()
