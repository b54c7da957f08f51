"""The shapes that come back in every service: plain values and pure functions, which the services build upon."""
