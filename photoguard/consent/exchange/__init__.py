"""Consents from other places and for other places: tables (CSV, Excel) and FHIR (files, servers)."""
