"""`make demo`: real incidents played through the gateway, and head office receiving them."""
