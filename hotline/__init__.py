"""The front door: command line, settings, set-up and the wiring of all rooms."""
