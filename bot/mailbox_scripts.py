"""What the mailbox does in Redis: each step is one script, so that it happens as a whole or not at all."""

from bot.redis_clock import NOW

ACCEPT = (
    NOW
    + """
if redis.call('EXISTS', KEYS[1]) == 1 then
  if ARGV[7] ~= '' then redis.call('SET', KEYS[1], ARGV[7], 'EX', ARGV[4]) end
  return {'duplicate', 0}
end
local waiting = redis.call('LLEN', KEYS[2])
if waiting >= tonumber(ARGV[3]) then return {'full', waiting} end
local later = nil
for place = waiting - 1, 1, -1 do
  local other = redis.call('LINDEX', KEYS[2], place)
  local read, kept = pcall(cjson.decode, other)
  if ARGV[6] == '' or not read or type(kept) ~= 'table' or kept['kind'] ~= 'turn' then break end
  if type(kept['ts']) ~= 'string' or kept['ts'] <= ARGV[6] then break end
  later = other
end
if later then redis.call('LINSERT', KEYS[2], 'BEFORE', later, ARGV[1]) else redis.call('RPUSH', KEYS[2], ARGV[1]) end
redis.call('SET', KEYS[1], ARGV[7], 'EX', ARGV[4])
redis.call('EXPIRE', KEYS[2], ARGV[5])
redis.call('ZADD', KEYS[3], 'NX', now, ARGV[2])
redis.call('EXPIRE', KEYS[3], ARGV[5])
if KEYS[4] then redis.call('SET', KEYS[4], '1', 'EX', ARGV[5]) end
return {'accepted', waiting + 1}
"""
)

TAKE = (
    NOW
    + """
local held = redis.call('HMGET', KEYS[1], 'owner', 'until')
local left = tonumber(held[2] or 0) - now
local live = held[1] and held[1] ~= '' and left > 0 and left <= tonumber(ARGV[2])
if live and held[1] ~= ARGV[1] then return {'held'} end
local item = redis.call('LINDEX', KEYS[2], 0)
if not item then return {'empty'} end
local token, attempt
if live then
  token = redis.call('HGET', KEYS[1], 'token'); attempt = redis.call('HGET', KEYS[1], 'attempt')
else
  token = redis.call('HINCRBY', KEYS[1], 'token', 1); attempt = redis.call('HINCRBY', KEYS[1], 'attempt', 1)
end
redis.call('HSET', KEYS[1], 'owner', ARGV[1], 'until', now + tonumber(ARGV[2]), 'begun', '1')
redis.call('EXPIRE', KEYS[1], ARGV[3])
return {'taken', token, item, attempt}
"""
)

RENEW = (
    NOW
    + """
if redis.call('HGET', KEYS[1], 'token') ~= ARGV[1] then return 0 end
redis.call('HSET', KEYS[1], 'until', now + tonumber(ARGV[2]))
return 1
"""
)

FINISH = (
    NOW
    + """
if redis.call('HGET', KEYS[1], 'token') ~= ARGV[1] then return -1 end
if redis.call('HGET', KEYS[1], 'owner') == '' then return redis.call('LLEN', KEYS[2]) end
redis.call('HSET', KEYS[1], 'owner', '', 'until', 0, 'attempt', 0, 'begun', '')
redis.call('LPOP', KEYS[2])
local left = redis.call('LLEN', KEYS[2])
if left == 0 then redis.call('ZREM', KEYS[3], ARGV[2]) else redis.call('ZADD', KEYS[3], now, ARGV[2]) end
return left
"""
)

HAND_BACK = (
    NOW
    + """
if redis.call('HGET', KEYS[1], 'token') ~= ARGV[1] then return 0 end
redis.call('HSET', KEYS[1], 'owner', '', 'until', 0)
if ARGV[3] == '1' then redis.call('HSET', KEYS[1], 'attempt', 0) end
redis.call('ZADD', KEYS[2], now, ARGV[2])
redis.call('EXPIRE', KEYS[2], ARGV[4])
return 1
"""
)

PARK = """
if redis.call('HGET', KEYS[1], 'token') ~= ARGV[1] then return 0 end
redis.call('LPUSH', KEYS[3], redis.call('LINDEX', KEYS[2], 0))
redis.call('LTRIM', KEYS[3], 0, tonumber(ARGV[2]) - 1)
redis.call('EXPIRE', KEYS[3], ARGV[3])
return 1
"""

SWEEP = (
    NOW
    + """
local late = {}
local waiting = redis.call('ZRANGEBYSCORE', KEYS[1], '-inf', now - tonumber(ARGV[1]), 'LIMIT', 0, 500)
for _, box in ipairs(redis.call('ZRANGEBYSCORE', KEYS[1], now + 1000, '+inf', 'LIMIT', 0, 500)) do
  table.insert(waiting, box)
end
for _, box in ipairs(waiting) do
  local team = string.match(box, '^[^:]+')
  if redis.call('EXISTS', 'tm:' .. team .. ':mailbox:v1:' .. box) == 0 then
    redis.call('ZREM', KEYS[1], box)
  else
    local held = redis.call('HMGET', 'tm:' .. team .. ':lease:v1:' .. box, 'owner', 'until')
    local left = tonumber(held[2] or 0) - now
    if not (held[1] and held[1] ~= '' and left > 0 and left <= tonumber(ARGV[2])) then
      redis.call('ZADD', KEYS[1], now, box)
      table.insert(late, box)
    end
  end
end
return late
"""
)

#: KEYS box, lease, ready · ARGV ts, the item as it is now or nothing, its id, the box's name. What work has begun on
#: stays, also when whoever was at it has died or handed it back; told twice of one edit, nothing changes.
CHANGE = """
for place, item in ipairs(redis.call('LRANGE', KEYS[1], 0, -1)) do
  local read, kept = pcall(cjson.decode, item)
  local found = read and type(kept) == 'table' and kept['kind'] == 'turn' and kept['ts'] == ARGV[1]
  if found and (ARGV[2] == '' or kept['id'] == ARGV[3]) then
    if item == ARGV[2] then return 'replaced' end
    if place == 1 and redis.call('HGET', KEYS[2], 'begun') == '1' then return 'under way' end
    if ARGV[2] ~= '' then
      redis.call('LSET', KEYS[1], place - 1, ARGV[2])
      return 'replaced'
    end
    redis.call('LREM', KEYS[1], 1, item)
    if redis.call('LLEN', KEYS[1]) == 0 then redis.call('ZREM', KEYS[3], ARGV[4]) end
    return 'taken out'
  end
end
return 'not there'
"""
