"""Ordinary Jinja2 templates, rendered to trees whose changes are small patches."""
