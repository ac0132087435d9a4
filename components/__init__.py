"""The infrastructure: one Pulumi component a file. It meets the runtime packages in environment variables and files."""
