"""A service that exists to be tested: it counts. What it does is small enough to check every effect."""
