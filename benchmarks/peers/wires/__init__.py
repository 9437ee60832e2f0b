"""How a browser of each system talks to its server."""
