"""The API as an OpenAPI 3.1 document, made of the declarations of actions, refusals and events."""
