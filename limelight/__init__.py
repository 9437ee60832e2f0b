"""Limelight: pages that are alive."""
