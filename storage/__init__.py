"""PostgreSQL tables and queries, the local journal, and the spool."""
