"""GraphQL over HTTP, audited: by the cases in Python always, by the npm package where Node is present."""

import asyncio
import json
import shutil
from pathlib import Path

import pytest

from tests.transport.audits import AUDITS, Audit
from tests.transport.serving import client, endpoint, serving

PACKAGES = ("graphql-http@1.23.1", "graphql@16")

SCRIPT = """
const { serverAudits } = require('graphql-http');
Promise.all(serverAudits({ url: process.argv[2] }).map(({ fn }) => fn())).then((results) =>
  console.log(JSON.stringify(results.map(({ id, name, status, reason }) => ({ id, name, status, reason })))));
"""


@pytest.mark.parametrize("audit", AUDITS, ids=lambda audit: audit.id)
async def test_audit_in_python(audit: Audit) -> None:
    """Each audit's request gets the response it demands."""
    async with client() as http:
        response = await http.request(url="/graphql", **audit.request())
    assert audit.check(response), (response.status_code, response.text)


def test_there_are_sixty_one_different_audits() -> None:
    """None of the audits is left out or stated twice."""
    assert len({audit.id for audit in AUDITS}) == len(AUDITS) == 61


async def _output(*command: str, folder: Path) -> str:
    process = await asyncio.create_subprocess_exec(
        *command, cwd=folder, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE
    )
    out, err = await process.communicate()
    assert process.returncode == 0, err.decode()
    return out.decode()


@pytest.mark.skipif(not shutil.which("node") or not shutil.which("npm"), reason="Node and npm are not installed")
async def test_audits_of_the_npm_package(tmp_path: Path) -> None:
    """All audits of graphql-http pass against a real server, and they are the ones stated in Python."""
    await _output("npm", "install", "--no-audit", "--no-fund", "--prefix", ".", *PACKAGES, folder=tmp_path)
    (tmp_path / "audit.cjs").write_text(SCRIPT)
    async with serving(endpoint()) as served:
        results = json.loads(await _output("node", "audit.cjs", served.url, folder=tmp_path))
    assert [result for result in results if result["status"] != "ok"] == []
    assert {result["id"] for result in results} == {audit.id for audit in AUDITS}
