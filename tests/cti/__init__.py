"""The cti room's stories."""
