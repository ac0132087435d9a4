"""What a run happens in: the queue, the service with its tasks, metrics and their delays, and simulated time."""
