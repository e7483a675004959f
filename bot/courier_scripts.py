"""What a courier does in Redis: each step is one script, so that it happens as a whole or not at all."""

from bot.outbox import EDIT_MILLISECONDS
from bot.redis_clock import NOW
from bot.streaming import APPENDED_MILLISECONDS

#: KEYS due · ARGV claim, longest due, kinds from the most to the least pressing: the first due member of the most
#: pressing kind, and its due time. What was put off before the clock was set back falls due after a claim, and not at
#: once, because it may be claimed.
CLAIM = (
    NOW
    + """
local beyond = now + tonumber(ARGV[2]) + 1000
for _, member in ipairs(redis.call('ZRANGEBYSCORE', KEYS[1], beyond, '+inf', 'LIMIT', 0, 100)) do
  redis.call('ZADD', KEYS[1], now + tonumber(ARGV[1]), member)
end
local due = redis.call('ZRANGEBYSCORE', KEYS[1], '-inf', now)
local found, place = nil, #ARGV + 1
for _, member in ipairs(due) do
  for pressing = 3, place - 1 do
    if string.sub(member, 1, #ARGV[pressing]) == ARGV[pressing] then found, place = member, pressing break end
  end
  if place == 3 then break end
end
if not found then return nil end
local since = redis.call('ZSCORE', KEYS[1], found)
redis.call('ZADD', KEYS[1], now + tonumber(ARGV[1]), found)
return {found, since}
"""
)

#: KEYS due · ARGV member, claim: still at it
RENEW = NOW + "return redis.call('ZADD', KEYS[1], 'XX', now + tonumber(ARGV[2]), ARGV[1])"

#: KEYS due · ARGV member, milliseconds: fall due again after so long
DEFER = NOW + "return redis.call('ZADD', KEYS[1], 'XX', now + tonumber(ARGV[2]), ARGV[1])"

#: KEYS due · ARGV member, due time: it keeps its place among those of its kind
PUT_BACK = "return redis.call('ZADD', KEYS[1], 'XX', ARGV[2], ARGV[1])"

#: KEYS entry · ARGV courier, nonce, settle: may I send this? The answer tells whether it may have been sent before.
BEGIN = (
    NOW
    + """
local seen = redis.call('HMGET', KEYS[1], 'state', 'nonce', 'settled')
if seen[1] ~= 'waiting' and seen[1] ~= 'sending' then return {'done'} end
if seen[1] == 'sending' and not seen[3] and string.sub(seen[2] or '', 1, #ARGV[1]) ~= ARGV[1] then
  redis.call('HSET', KEYS[1], 'settled', '1')
  return {'settle'}
end
redis.call('HSET', KEYS[1], 'state', 'sending', 'nonce', ARGV[2])
redis.call('HDEL', KEYS[1], 'settled')
redis.call('HSETNX', KEYS[1], 'begun', now)
local kept = redis.call('HMGET', KEYS[1], 'channel', 'thread', 'user', 'url', 'view', 'wanted', 'tries', 'begun',
                        'grows', 'enclosure', 'uploaded', 'instead')
return {seen[1], unpack(kept)}
"""
)

#: KEYS entry · ARGV nonce, file: Slack has the bytes of what it brings along, under this id; 0 when another goes on now
UPLOADED = """
if redis.call('HGET', KEYS[1], 'nonce') ~= ARGV[1] then return 0 end
redis.call('HSET', KEYS[1], 'uploaded', ARGV[2])
return 1
"""

#: KEYS entry · ARGV nonce, state, tries: it is to be tried again
AGAIN = """
if redis.call('HGET', KEYS[1], 'nonce') ~= ARGV[1] then return 0 end
redis.call('HSET', KEYS[1], 'state', ARGV[2])
return redis.call('HINCRBY', KEYS[1], 'tries', ARGV[3])
"""

#: After how many milliseconds a message may change again: a stream sooner than what is edited.
_PACE = (
    f"local pace = redis.call('HEXISTS', KEYS[1], 'stream') == 1 and {APPENDED_MILLISECONDS} or {EDIT_MILLISECONDS}\n"
)

#: KEYS entry, lane, due · ARGV nonce, state, ts, wanted, lane member, TEAM|entry, ttl
SETTLE = (
    NOW
    + _PACE
    + """
if redis.call('HGET', KEYS[1], 'nonce') == ARGV[1] then
  redis.call('HSET', KEYS[1], 'state', ARGV[2], 'ts', ARGV[3], 'shown', ARGV[4], 'next', now + pace)
  redis.call('HDEL', KEYS[1], 'tries')
  if ARGV[2] == 'sent' and redis.call('HGET', KEYS[1], 'wanted') ~= ARGV[4] then
    local urgent = redis.call('HGET', KEYS[1], 'urgent') == '1'
    redis.call('ZADD', KEYS[3], urgent and now or now + pace, (urgent and 'urgent|' or 'edit|') .. ARGV[6])
    redis.call('EXPIRE', KEYS[3], ARGV[7])
  end
end
local name = string.match(KEYS[1], ':outbox:v1:(.*)$')
if redis.call('LINDEX', KEYS[2], 0) == name then redis.call('LPOP', KEYS[2]) end
if redis.call('LLEN', KEYS[2]) == 0 then redis.call('ZREM', KEYS[3], ARGV[5])
else redis.call('ZADD', KEYS[3], now, ARGV[5]) end
return 1
"""
)

#: KEYS lane, due · ARGV member, name: the lane's head was settled or unknown; go on with the next, if it is still there
SKIP = (
    NOW
    + """
if redis.call('LINDEX', KEYS[1], 0) == ARGV[2] then redis.call('LPOP', KEYS[1]) end
if redis.call('LLEN', KEYS[1]) == 0 then redis.call('ZREM', KEYS[2], ARGV[1])
else redis.call('ZADD', KEYS[2], now, ARGV[1]) end
"""
)

#: KEYS entry, due · ARGV shown, member, number of the edit, TEAM|entry: an edit has been made. Where another one
#: began meanwhile, nobody knows which of the two Slack took last: then the newest face is sent once more.
EDITED = (
    NOW
    + _PACE
    + """
redis.call('HSET', KEYS[1], 'shown', ARGV[1], 'next', now + pace)
redis.call('HDEL', KEYS[1], 'tries')
if redis.call('HGET', KEYS[1], 'edits') ~= ARGV[3] then
  redis.call('HSET', KEYS[1], 'shown', 0)
  redis.call('ZADD', KEYS[2], now + pace, 'edit|' .. ARGV[4])
  if ARGV[2] ~= 'edit|' .. ARGV[4] then redis.call('ZREM', KEYS[2], ARGV[2]) end
  return
end
if redis.call('HGET', KEYS[1], 'wanted') == ARGV[1] then redis.call('ZREM', KEYS[2], ARGV[2])
else redis.call('ZADD', KEYS[2], now + pace, ARGV[2]) end
"""
)

ALL = {
    "claim": CLAIM,
    "renew": RENEW,
    "defer": DEFER,
    "put_back": PUT_BACK,
    "begin": BEGIN,
    "again": AGAIN,
    "settle": SETTLE,
    "skip": SKIP,
    "edited": EDITED,
}
