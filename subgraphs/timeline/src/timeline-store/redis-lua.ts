import { TENURE_LUA } from '@starling/kit/redis/redis-tenure.ts';
import { GENERATION_LUA } from './redis-drop.ts';
import { STATE_LUA } from './redis-log-lua.ts';
import { TRIM_LUA } from './redis-trim-lua.ts';

/**
 * KEYS: the state of a bucket, which says where all this goes; on Redis Cluster also the lists of this bucket. ARGV: trimAbove, kept; then
 * again and again: the state of a bucket, the highest id it gets, how many positions are told, these, each with its offset; how many
 * deliveries, and of each how many lists, how many ids, these ids, these lists. How many of the lists were there, each time.
 *
 * On Redis Cluster the buckets lie in many slots, though on one server, and KEYS have to lie in one. So those of the other buckets are
 * none, and it goes `straight` (redis-scripts.ts).
 */
export const PUSH_LUA = `#!lua flags=allow-cross-slot-keys
${TRIM_LUA}${STATE_LUA}
-- Locals, as globals would be looked up for every list.
local call, unpack, args = redis.call, unpack, ARGV
local limits = {trimAbove = tonumber(args[1]), kept = tonumber(args[2])}
local longest, counts, place = limits.trimAbove + 1, {}, 3
while args[place] do
  local state, highest, positions = args[place], args[place + 1], tonumber(args[place + 2])
  highest = raiseHighest(state, highest)
  if positions > 0 then reach(state, place + 3, positions) end
  place = place + 3 + 2 * positions
  local deliveries = tonumber(args[place])
  place = place + 1
  for _ = 1, deliveries do
    local lists, ids = tonumber(args[place]), tonumber(args[place + 1])
    local first, last, count = place + 2, place + 1 + ids, 0
    -- As it is nearly always; to unpack one takes a tenth of a push.
    local only = ids == 1 and args[first]
    place = last + lists + 1
    for nth = last + 1, place - 1 do
      local list = args[nth]
      local length = only and call('RPUSHX', list, only) or call('RPUSHX', list, unpack(args, first, last))
      if length > 0 then count = count + 1 end
      if length > longest then trim(list, length - 1, limits, highest) end
    end
    counts[#counts + 1] = count
  end
end
return counts
`;

/** KEYS: state of a bucket, list of it. ARGV: followsRevision, token, life in ms, 1 for the rest of the present list's life instead. */
export const BEGIN_LUA = `${TENURE_LUA}${GENERATION_LUA}
local epoch, now = redis.call('HGET', KEYS[1], 'epoch') or '-', generation(KEYS[1])
if now ~= '' then epoch = epoch .. '.' .. now end
local left = ARGV[4] == '1' and redis.call('PTTL', KEYS[2]) or -1
redis.call('DEL', KEYS[2])
redis.call('RPUSH', KEYS[2], table.concat({string.rep('0', 19), ARGV[1], tenure(), epoch, ARGV[2], ''}, '|'))
redis.call('PEXPIRE', KEYS[2], left > 0 and left or ARGV[3])
`;

/** KEYS: state of a bucket, list of it. ARGV: token, completeFrom, trimAbove, kept, ids. 1 if it applied. */
export const FINISH_LUA = `${TENURE_LUA}${TRIM_LUA}${GENERATION_LUA}
local limits = {trimAbove = tonumber(ARGV[3]), kept = tonumber(ARGV[4])}
local header = redis.call('LINDEX', KEYS[2], 0)
if not header then return 0 end
local floor, begun, token = string.match(header, '^(%d+|%d+|(%x+)|[^|]+|)([^|]*)|')
if token ~= ARGV[1] or begun ~= tenure() or isDropped(KEYS[1], header) then return 0 end
header = raised(floor .. '-|', ARGV[2])
local read = {}
for i = 5, #ARGV do read[i - 4] = ARGV[i] end
local ids = sorted(header, redis.call('LRANGE', KEYS[2], 1, -1), read)
if #ids > 0 then raiseHighest(KEYS[1], ids[#ids]) end
rewrite(KEYS[2], header, ids, limits.trimAbove, limits)
return 1
`;

/** KEYS: list. ARGV: life in ms, or 0. Renews it, but for 0, and says in which tenure. */
export const TOUCH_LUA = `${TENURE_LUA}
if ARGV[1] ~= '0' then redis.call('PEXPIRE', KEYS[1], ARGV[1]) end
return tenure()
`;
