"""K = Q B Qᵀ: the solvers, and which one to take."""
