"""What security checkers say about the stacks, and what is answered to them."""
