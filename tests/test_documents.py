"""What is made from the code and checked in is what the code makes now."""

from app.graphql.schema import schema
from app.readme import README, renewed
from app.settings import ROOT


def test_the_schema_is_the_one_checked_in() -> None:
    """`python -m app schema > schema.graphql` was run after the last change of the schema."""
    assert (ROOT / "schema.graphql").read_text().strip() == schema.as_str().strip()


def test_the_readme_is_the_one_the_code_makes() -> None:
    """`python -m app.readme` was run after the last change of the lifecycle or the settings."""
    text = README.read_text()
    assert renewed(text) == text
    assert "stateDiagram-v2" in text
    assert "DATABASE_URL" in text
