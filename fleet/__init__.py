"""What the fleet is: its levels, state, commands, activity and decisions. Imports nothing of ours."""
