"""The field's recurring shapes, as plain values and pure functions: each service holds them inside its own aggregates."""
