"""Signatures of webhooks, as the Standard Webhooks specification writes them, of what comes in and of what goes out."""

import base64
import hashlib
import hmac

ID, TIMESTAMP, SIGNATURE = "webhook-id", "webhook-timestamp", "webhook-signature"
SECRET_PREFIX = "whsec_"


def signature(key: bytes, id: str, timestamp: str, body: bytes) -> str:
    """HMAC-SHA256 over `id.timestamp.body`, in base64 behind `v1,`."""
    said = f"{id}.{timestamp}.".encode("utf-8", "replace") + body
    return "v1," + base64.b64encode(hmac.new(key, said, hashlib.sha256).digest()).decode()


def secret_text(key: bytes) -> str:
    """A key as whoever verifies with it is told it."""
    return SECRET_PREFIX + base64.b64encode(key).decode()
