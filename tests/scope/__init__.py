"""Who gets at what: every operation of every service, by every persona, as the grants say and no further."""
