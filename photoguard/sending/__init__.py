"""Sending: released photos in one encrypted file, to a recipient's age key or under a password, and back again."""
