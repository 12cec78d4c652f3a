"""What is sold: categories, services, where each is bought, and what an account pays."""
