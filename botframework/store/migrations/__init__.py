"""Brings a database to the tables that this program knows; run at every start, by Alembic from inside the package."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import Connection, inspect, text

from botframework.errors import SchemaTooNew
from botframework.store.models import HEAD

__all__ = ["upgrade"]


def upgrade(connection: Connection, target: str = HEAD) -> None:
    """Run what is missing up to revision ``target``, in the connection's transaction.

    Raises:
        SchemaTooNew: the database stands at a revision that this program does not have.
    """
    current = _current(connection)
    if current == target:
        return
    from alembic import command
    from alembic.config import Config
    from alembic.script import ScriptDirectory

    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = connection
    known = {script.revision for script in ScriptDirectory.from_config(config).walk_revisions()}
    if current is not None and current not in known:
        raise SchemaTooNew(
            f"{connection.engine.url.render_as_string()} stands at revision {current}, this program knows revisions "
            f"up to {HEAD}: a newer version of botframework wrote it; install that version again, or restore the "
            "backup made before it ran"
        )
    command.upgrade(config, target)


def _current(connection: Connection) -> str | None:
    if not inspect(connection).has_table("alembic_version"):
        return None
    return connection.execute(text("SELECT version_num FROM alembic_version")).scalar()
