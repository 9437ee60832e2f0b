"""What an application looks like from inside while it runs, and how to act on it."""
