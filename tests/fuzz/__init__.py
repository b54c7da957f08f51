"""`make fuzz`: every operation of the merged OpenAPI document, tried with data that the document allows and forbids."""
