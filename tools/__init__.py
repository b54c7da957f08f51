"""Tools of the project itself: what `make` runs over the repository."""
