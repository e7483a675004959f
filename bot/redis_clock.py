"""The time as every script of ours reads it: Redis' own, so that no two processes disagree."""

#: Lua that sets `now`, in milliseconds since 1970.
NOW = "local t = redis.call('TIME'); local now = t[1] * 1000 + math.floor(t[2] / 1000)\n"
