"""Pictures of the report, one a file: inline SVG, no script."""
