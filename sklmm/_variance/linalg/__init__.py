"""Products of matrices and threads."""
