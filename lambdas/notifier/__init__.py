"""The notifier: tells the webhook of a job that the job has ended, signed, and again until it listens."""
