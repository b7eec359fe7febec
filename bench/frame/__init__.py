"""What every bench is measured by: contestants in turn, repeats, medians with their spread, goals, a table, a file."""
