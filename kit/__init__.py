"""Small tools without tables, one idea a file."""
