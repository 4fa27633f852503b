"""Comparisons that nobody declared: one picture that holds before and after, two photos of one site days apart.

Likeness only ever raises an alarm. It never shows that two photos belong together, and never grants anything.
"""
