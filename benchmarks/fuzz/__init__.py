"""Fuzzing: files that are changed in ways nobody thought of, read by every reader and cleaned by the whole line."""
