"""The players: each does what AWS does and moto only stores."""
