"""What turns a resource of the Pulumi program into the true thing in moto: one small class a resource type."""
