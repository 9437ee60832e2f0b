"""Limelight beside other live frameworks and bare echo servers, in one run on one machine."""
