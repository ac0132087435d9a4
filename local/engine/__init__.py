"""The real Pulumi engine against the local stack: its CLI, a language host, and providers made of the realisers."""
