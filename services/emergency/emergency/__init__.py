"""Rule 7: incidents, their grading, escalation and handling."""
