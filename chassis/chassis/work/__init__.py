"""The recurring shapes of the field, each a pure module of its own, and what the chassis does for it."""
