"""The centre and the node that this hotline is, as rows that others refer to."""

from __future__ import annotations

from sqlalchemy.dialects.postgresql import insert

from storage.database import Database
from storage.tables import centres, nodes


async def ensure_centre(database: Database, *, centre_id: str, name: str, node_id: str, case_prefix: str = "") -> None:
    """Make sure both rows exist; the name follows the settings, the prefix of case numbers never changes."""
    prefix = case_prefix or "".join(c for c in centre_id if c.isalpha())[:4].upper() or "HL"
    centre = insert(centres).values(centre_id=centre_id, name=name, case_prefix=prefix)
    node = insert(nodes).values(centre_id=centre_id, node_id=node_id)
    async with database.begin() as session:
        await session.execute(
            centre.on_conflict_do_update(index_elements=["centre_id"], set_={"name": centre.excluded.name})
        )
        await session.execute(node.on_conflict_do_nothing())
