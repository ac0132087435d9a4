"""What a job is: its message, spec, record, lease, sources and the notification of its end. Imports nothing of ours."""
