"""What a fit without some samples would predict for them."""
