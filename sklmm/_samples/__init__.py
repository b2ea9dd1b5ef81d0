"""Whose row is this? From the rows of X to fixed effects and blocks of K."""
