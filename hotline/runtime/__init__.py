"""Sets up, starts and watches the processes of a node."""
