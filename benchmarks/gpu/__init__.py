"""What is measured on a GPU; none of it has run on one yet."""
