"""Outgoing webhooks as those who keep endpoints meet them: where they may go, what can be sent, what signs it."""

from dataclasses import dataclass
from uuid import UUID

from app.domain.access import Viewer
from app.domain.destinations import Reach
from app.domain.signatures import secret_text
from app.domain.webhooks import Wanted
from app.jobs.webhooks import Shape
from app.keyring import Keyring


@dataclass(frozen=True, slots=True)
class Outgoing:
    """By what webhooks are sent."""

    reach: Reach
    keyring: Keyring
    shape: Shape

    @property
    def newest_key(self) -> str | None:
        """The name of the key that new secrets are made of; None when there is none."""
        return self.keyring.newest

    async def check(self, wanted: Wanted, viewer: Viewer) -> None:
        """Refuse a document that no events can be sent by."""
        await self.shape.source(wanted, viewer)

    def secret(self, endpoint_id: UUID, name: str, number: int) -> str | None:
        """A secret as whoever verifies with it is told it; None when its key is not there any more."""
        found = self.keyring.secret(endpoint_id, name, number)
        return None if found is None else secret_text(found)
