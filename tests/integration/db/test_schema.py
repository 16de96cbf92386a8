"""The version of a schema: what the migrations say, and what a database says of itself."""

from alembic.script import ScriptDirectory

from node.db import schema


class TestVersion:
    def test_head__is_what_alembic_makes_of_the_migrations(self) -> None:
        assert schema.head() == ScriptDirectory(str(schema.MIGRATIONS)).get_current_head()

    def test_migrated_database__is_at_the_head_and_a_second_run_changes_nothing(
        self, database_url: str
    ) -> None:
        assert schema.current(database_url) == schema.head()
        schema.upgrade(database_url)
        schema.require_current(database_url)
        assert schema.differences(database_url) == []

    def test_older_database__is_brought_to_the_head(self, database_url: str) -> None:
        schema.downgrade(database_url, "base")
        assert schema.current(database_url) is None
        schema.upgrade(database_url)
        assert schema.current(database_url) == schema.head()
