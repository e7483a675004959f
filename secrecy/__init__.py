"""What a secret looks like: known to the bot, which lets none out, and to the tools, which warn of those in a file.

Why a package of its own: the two do not know each other, and a list of patterns kept twice would soon be two lists.
"""
