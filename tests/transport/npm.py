"""npm packages run against the server, where Node is present."""

import asyncio
import json
import shutil
from pathlib import Path
from typing import Any

import pytest

needs_node = pytest.mark.skipif(
    not shutil.which("node") or not shutil.which("npm"), reason="Node and npm are not installed"
)


async def run_script(folder: Path, packages: tuple[str, ...], script: str, *arguments: str) -> Any:
    """Install packages into a folder, run a script beside them and read the JSON it prints."""
    await _output(folder, "npm", "install", "--no-audit", "--no-fund", "--prefix", ".", *packages)
    (folder / "script.mjs").write_text(script)
    return json.loads(await _output(folder, "node", "script.mjs", *arguments))


async def _output(folder: Path, *command: str) -> str:
    process = await asyncio.create_subprocess_exec(
        *command, cwd=folder, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE
    )
    out, err = await process.communicate()
    assert process.returncode == 0, err.decode()
    return out.decode()
