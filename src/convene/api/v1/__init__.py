"""The Cronofy-compatible surface, one file per resource."""
