<%
def plain(commands):
    """The generated commands without the generator's remarks."""
    lines = (commands or "pass").splitlines()
    return "\n".join(line for line in lines if not line.strip().startswith("# ###"))
%>\
"""${message}."""

import sqlalchemy as sa
from alembic import op
${imports if imports else ""}
% if down_revision is None:
from migrations import append_only

% endif
revision = ${repr(up_revision).replace("'", '"')}
down_revision = ${repr(down_revision).replace("'", '"')}
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make what this migration adds."""
    ${plain(upgrades).lstrip()}
% if down_revision is None:
    append_only.install(op.get_bind())
% endif


def downgrade() -> None:
    """Take it away again."""
    ${plain(downgrades).lstrip()}
% if down_revision is None:
    append_only.remove(op.get_bind())
% endif
