"""The developer documentation, made of the declarations that the API itself runs by."""
