"""The command line: one module per command, and no logic that the library lacks."""
