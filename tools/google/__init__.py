"""Google Cloud behind the tools' nouns. Its clients take up to two seconds to import, so they are at the first call."""
