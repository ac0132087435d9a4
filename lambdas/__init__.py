"""The Lambda functions, one package each. They import jobs and fleet, nothing else of ours, and never one another."""
