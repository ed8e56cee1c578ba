"""What the desk's scripts ask for over HTTP."""
