"""The likelihood of h, and the search for its maximum."""
