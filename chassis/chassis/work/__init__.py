"""The field's recurring shapes, as plain values and pure functions that services hold in their own aggregates."""
