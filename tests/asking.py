"""HTTP clients that read no certificates: that takes longer than most requests, and nothing here speaks TLS."""

from typing import Any

import httpx


def http_client(**given: Any) -> httpx.AsyncClient:
    """A client with httpx's own options."""
    return httpx.AsyncClient(verify=False, **given)
