"""The operators' command line: `decalog`."""
