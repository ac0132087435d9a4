"""The whole stack on one machine: moto as the cloud, and players for what moto only stores."""
