"""Nianjian: from Chinese city statistical yearbooks to a traceable panel and publication tables."""
