"""Replication packages: one study with all that it needs but the books, and the check of one."""
