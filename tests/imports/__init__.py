"""The import of a whole company, measured."""
