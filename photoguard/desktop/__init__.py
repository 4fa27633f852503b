"""The window: drop photos, look, release. It calls the library; nothing that the command line lacks is decided here."""
