"""GraphQL over HTTP, audited: by the cases in Python always, by the npm package where Node is present."""

from pathlib import Path

import pytest

from tests.transport.audits import AUDITS, Audit
from tests.transport.npm import needs_node, run_script
from tests.transport.serving import client, endpoint, serving

PACKAGES = ("graphql-http@1.23.1", "graphql@16")

SCRIPT = """
import { serverAudits } from 'graphql-http';
const results = await Promise.all(serverAudits({ url: process.argv[2] }).map(({ fn }) => fn()));
console.log(JSON.stringify(results.map(({ id, name, status, reason }) => ({ id, name, status, reason }))));
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


@needs_node
async def test_audits_of_the_npm_package(tmp_path: Path) -> None:
    """All audits of graphql-http pass against a real server, and they are the ones stated in Python."""
    async with serving(endpoint()) as served:
        results = await run_script(tmp_path, PACKAGES, SCRIPT, served.url)
    assert [result for result in results if result["status"] != "ok"] == []
    assert {result["id"] for result in results} == {audit.id for audit in AUDITS}
