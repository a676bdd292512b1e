"""What `doctor` looks at: a module for each theme, each with functions that return findings and change nothing."""
