"""Programs that use the API as its customers do."""
