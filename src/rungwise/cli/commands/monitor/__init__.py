"""Watch the release in production: its sample, its alarms, its spot checks."""
