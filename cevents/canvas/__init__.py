"""What Canvas documents: its events, ids, times and zones, and what can be wrong with them."""
