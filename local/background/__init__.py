"""The local stack in the background: `make up` starts it, it stays, `make down` ends it."""
