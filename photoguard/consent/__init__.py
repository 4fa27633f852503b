"""Signed consent: the records, the registry that keeps them, and the gate that decides."""
