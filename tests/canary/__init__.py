"""Planted personal values, and the search for them everywhere (PIPL articles 6 and 51)."""
