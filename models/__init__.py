"""Networks: their cards, their sessions, and a stateless adapter for each task. Knows no graphs and no threads."""
