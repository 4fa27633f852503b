"""Watching a folder: what arrives in it is cleaned, round by round, as `clean_folder` does."""
