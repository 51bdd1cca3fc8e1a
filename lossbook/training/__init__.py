"""Models, optimisers, schedules, and the descent that joins them."""
