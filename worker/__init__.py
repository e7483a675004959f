"""Where the conversation and the tools meet."""
