"""The steps of the checkpoint saver, each one Lua script: compare the fence, then write.

All take the keys index, records, blobs, the prefix of writes, and, when there is a fence, the lease. All take the
token ("" for no fence), the time to live in seconds, and then their own arguments. All give 0 when the lease has
passed on, and then have changed nothing.
"""

_FENCED = """
if ARGV[1] ~= '' and redis.call('HGET', KEYS[5], 'token') ~= ARGV[1] then return 0 end
local function live()
  for place = 1, 3 do redis.call('EXPIRE', KEYS[place], ARGV[2]) end
end
"""

PUT = (
    _FENCED
    + """
redis.call('ZADD', KEYS[1], 0, ARGV[3])
redis.call('HSET', KEYS[2], ARGV[3], ARGV[4])
for place = 5, #ARGV, 2 do redis.call('HSET', KEYS[3], ARGV[place], ARGV[place + 1]) end
live()
return 1
"""
)  #: member, record, then pairs of blob field and value

PUT_WRITES = (
    _FENCED
    + """
local writes = KEYS[4] .. '\\31' .. ARGV[3]
for place = 4, #ARGV, 3 do
  local command = ARGV[place + 2] == '1' and 'HSET' or 'HSETNX'
  redis.call(command, writes, ARGV[place], ARGV[place + 1])
end
redis.call('EXPIRE', writes, ARGV[2])
live()
return 1
"""
)  #: member, then triples of field, value, and whether it replaces an earlier one

DELETE = (
    _FENCED
    + """
for _, member in ipairs(redis.call('ZRANGE', KEYS[1], 0, -1)) do redis.call('DEL', KEYS[4] .. '\\31' .. member) end
redis.call('DEL', KEYS[1], KEYS[2], KEYS[3])
return 1
"""
)  #: nothing more

FORGET = (
    _FENCED
    + """
local members = tonumber(ARGV[3])
for place = 4, 3 + members do
  redis.call('ZREM', KEYS[1], ARGV[place])
  redis.call('HDEL', KEYS[2], ARGV[place])
  redis.call('DEL', KEYS[4] .. '\\31' .. ARGV[place])
end
for place = 4 + members, #ARGV do redis.call('HDEL', KEYS[3], ARGV[place]) end
return 1
"""
)  #: how many members, the members, then blob fields that nothing needs any more

COPY = (
    _FENCED
    + """
local source = string.match(KEYS[1], 'checkpoint:v1:index:(.*)$')
local function target(key)
  return string.sub(key, 1, #key - #source) .. ARGV[3]
end
for _, member in ipairs(redis.call('ZRANGE', KEYS[1], 0, -1)) do
  redis.call('COPY', KEYS[4] .. '\\31' .. member, target(KEYS[4]) .. '\\31' .. member, 'REPLACE')
end
for place = 1, 3 do redis.call('COPY', KEYS[place], target(KEYS[place]), 'REPLACE') end
return 1
"""
)  #: the target's id
