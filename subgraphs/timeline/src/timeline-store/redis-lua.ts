import { TENURE_LUA } from '@starling/kit/redis/redis-tenure.ts';
import { STATE_LUA } from './redis-log-lua.ts';
import { TRIM_LUA } from './redis-trim-lua.ts';

/**
 * KEYS: the state of a bucket; lists of it. ARGV: trimAbove, kept; how many positions are told, these, each with its offset; then again
 * and again: how many of the next lists, how many ids, these ids. How many of the lists were there, each time.
 */
export const PUSH_LUA = `${TRIM_LUA}${STATE_LUA}
-- Locals, as globals would be looked up for every list.
local call, unpack, keys, args = redis.call, unpack, KEYS, ARGV
local limits, positions = {trimAbove = tonumber(args[1]), kept = tonumber(args[2])}, tonumber(args[3])
if positions > 0 then reach(keys[1], 4, positions) end
local start, highest = 4 + 2 * positions, ''
local place = start
while args[place] do
  local last = place + 1 + args[place + 1]
  for nth = place + 2, last do
    if args[nth] > highest then highest = args[nth] end
  end
  place = last + 1
end
highest = raiseHighest(keys[1], highest)
local key, counts, longest = 2, {}, limits.trimAbove + 1
place = start
while args[place] do
  local lists, ids = tonumber(args[place]), tonumber(args[place + 1])
  local first, last, count = place + 2, place + 1 + ids, 0
  -- As it is nearly always; to unpack one takes a tenth of a push.
  local only = ids == 1 and args[first]
  for _ = 1, lists do
    local list = keys[key]
    local length = only and call('RPUSHX', list, only) or call('RPUSHX', list, unpack(args, first, last))
    if length > 0 then count = count + 1 end
    if length > longest then trim(list, length - 1, limits, highest) end
    key = key + 1
  end
  counts[#counts + 1] = count
  place = last + 1
end
return counts
`;

/** KEYS: state of a bucket, list of it. ARGV: followsRevision, token, life in ms. */
export const BEGIN_LUA = `${TENURE_LUA}
local epoch = redis.call('HGET', KEYS[1], 'epoch') or '-'
redis.call('DEL', KEYS[2])
redis.call('RPUSH', KEYS[2], table.concat({string.rep('0', 19), ARGV[1], tenure(), epoch, ARGV[2], ''}, '|'))
redis.call('PEXPIRE', KEYS[2], ARGV[3])
`;

/** KEYS: state of a bucket, list of it. ARGV: token, completeFrom, trimAbove, kept, ids. 1 if it applied. */
export const FINISH_LUA = `${TENURE_LUA}${TRIM_LUA}
local limits = {trimAbove = tonumber(ARGV[3]), kept = tonumber(ARGV[4])}
local header = redis.call('LINDEX', KEYS[2], 0)
if not header then return 0 end
local floor, begun, token = string.match(header, '^(%d+|%d+|(%x+)|[%x-]+|)([^|]*)|')
if token ~= ARGV[1] or begun ~= tenure() then return 0 end
header = raised(floor .. '-|', ARGV[2])
local read = {}
for i = 5, #ARGV do read[i - 4] = ARGV[i] end
local ids = sorted(header, redis.call('LRANGE', KEYS[2], 1, -1), read)
local first = 1
if #ids > limits.trimAbove then
  first = #ids - limits.kept + 1
  header = raised(header, ids[first])
end
if #ids > 0 then raiseHighest(KEYS[1], ids[#ids]) end
rewrite(KEYS[2], header, ids, first, limits)
return 1
`;

/** KEYS: list. ARGV: life in ms. Renews it, and says in which tenure. */
export const TOUCH_LUA = `${TENURE_LUA}
redis.call('PEXPIRE', KEYS[1], ARGV[1])
return tenure()
`;
