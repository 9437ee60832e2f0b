"""The same six pages, written once for each system in its own words."""
