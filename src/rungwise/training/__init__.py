"""The only home of torch loops: trunk cache, freezing, adapters, heads."""
