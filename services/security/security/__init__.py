"""Rule 9: the directory of units, posts and their holders; later seals, documents, inspections."""
