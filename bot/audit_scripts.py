"""The steps of the audit log that must be one, in Lua."""

#: The end of the chain is what the head says; if that is lost, what the last record says; else nothing.
_HEAD = """
local function kind(key) return redis.call('TYPE', key).ok end
local function whole(seq, mac, key)
  return seq and mac and key and string.match(seq, '^%d+$') and #seq < 16
    and string.match(mac, '^%x+$') and #mac == 64 and string.match(key, '^%x+$') and #key == 8
end
local function kept()
  if kind(KEYS[2]) ~= 'hash' then return nil end
  local head = redis.call('HMGET', KEYS[2], 'seq', 'mac', 'key')
  if whole(head[1], head[2], head[3]) then return head end
end
local function last()
  if kind(KEYS[1]) ~= 'stream' then return nil end
  return redis.call('XREVRANGE', KEYS[1], '+', '-', 'COUNT', 1)[1]
end
"""

#: KEYS stream, head, mark · ARGV whether the mark counts, its seconds, mac that is followed, then the record: seq, mac,
#: prev, key, event. A mark that points to nothing, whatever it is, is none.
APPEND = (
    _HEAD
    + """
local mark = ARGV[1] == '1' and redis.pcall('GET', KEYS[3])
local marked = type(mark) == 'string' and redis.pcall('XRANGE', KEYS[1], mark, mark)
if marked and marked[1] then return {'done', unpack(marked[1][2])} end
local head = kept()
if not head then
  local entry, said = last(), {}
  for at = 1, entry and #entry[2] or 0, 2 do said[entry[2][at]] = entry[2][at + 1] end
  if whole(said['seq'], said['mac'], said['key']) then head = {said['seq'], said['mac'], said['key']} end
end
if head and head[2] ~= ARGV[3] then return {'moved', head[1], head[2], head[3]} end
local seq, mac, key = ARGV[4], ARGV[5], ARGV[7]
if not head and seq ~= '1' then return {'moved', '0', '', ''} end
local id = redis.call('XADD', KEYS[1], '*', 'seq', seq, 'mac', mac, 'prev', ARGV[6], 'key', key, 'event', ARGV[8])
redis.call('HSET', KEYS[2], 'seq', seq, 'mac', mac, 'key', key)
redis.call('SET', KEYS[3], id, 'EX', ARGV[2])
return {'written'}
"""
)

#: KEYS stream, head · gives whether there is a head, the head, the id of the last entry, how many were deleted
END = (
    _HEAD
    + """
local head, entry, gone = kept(), last(), 0
if entry then
  local told, facts = redis.call('XINFO', 'STREAM', KEYS[1]), {}
  for at = 1, #told, 2 do facts[told[at]] = told[at + 1] end
  gone = (facts['entries-added'] or facts['length']) - facts['length']
end
head = head or {'', '', ''}
return {head[1], head[2], head[3], entry and entry[1] or '', gone}
"""
)
