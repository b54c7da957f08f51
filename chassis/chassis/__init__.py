"""What every service stands on. It knows messages, documents, time and callers; it knows nothing of counters."""
