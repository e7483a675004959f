"""Google Cloud behind the tools' nouns. Its clients take half a second to import, so they are at the first call."""
