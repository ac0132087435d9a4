"""The cloud of compose.yaml: AWS in one container, for workers in containers of their own. Here a person scales."""
