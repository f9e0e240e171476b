import { TENURE_LUA } from '@starling/kit/redis/redis-tenure.ts';
import { STATE_LUA } from './redis-log-lua.ts';

/**
 * A timeline is a LIST: its header first, then ids in the order in which they came, with repetitions. The header is
 * `<completeFrom>|<followsRevision>|<tenure>|<epoch>|<token>`: in which tenure of a server (redis-tenure.ts) and in which epoch of
 * its bucket the list was begun, `-` for none; and the token of the build that runs, `-` once it has finished. Ids have 19 digits and
 * are compared as texts: Lua's numbers lose digits.
 */

/** Cuts a list of so many elements back; most come in order, and then the oldest in the list are the oldest of all. */
const TRIM_LUA = `
local function successor(id)
  local head, digit, nines = string.match(id, '^(%d*)([0-8])(9*)$')
  return head .. (digit + 1) .. string.rep('0', #nines)
end

local function raised(header, completeFrom)
  if completeFrom <= string.sub(header, 1, 19) then return header end
  return completeFrom .. string.sub(header, 20)
end

local function rewrite(key, header, ids, first)
  local ttl = redis.call('PTTL', key)
  redis.call('DEL', key)
  redis.call('RPUSH', key, header)
  for start = first, #ids, 1000 do
    redis.call('RPUSH', key, unpack(ids, start, math.min(start + 999, #ids)))
  end
  redis.call('PEXPIRE', key, ttl)
end

local function sorted(header, ...)
  local floor, seen, ids = string.sub(header, 1, 19), {}, {}
  for _, some in ipairs({...}) do
    for _, id in ipairs(some) do
      if id >= floor and not seen[id] then
        seen[id] = true
        ids[#ids + 1] = id
      end
    end
  end
  table.sort(ids)
  return ids
end

local function trim(key, length, trimAbove, kept)
  local header = redis.call('LINDEX', key, 0)
  local cut = length - 1 - kept
  local gone, highest = redis.call('LRANGE', key, 1, cut), ''
  for nth = 1, #gone do
    if gone[nth] > highest then highest = gone[nth] end
  end
  if highest < redis.call('LINDEX', key, cut + math.ceil(kept / 2)) then
    redis.call('LTRIM', key, cut, -1)
    redis.call('LSET', key, 0, raised(header, successor(highest)))
    return
  end
  local ids = sorted(header, redis.call('LRANGE', key, 1, -1))
  local first = 1
  -- Repetitions are gone. With only a few of them, every next one would bring us here again.
  if #ids > (trimAbove + kept) / 2 then
    first = #ids - kept + 1
    header = raised(header, ids[first])
  end
  rewrite(key, header, ids, first)
end
`;

/**
 * KEYS: lists; the state of their bucket last, if positions are told. ARGV: trimAbove, kept; how many positions are told, these, each
 * with its offset; then again and again: how many of the next lists, how many ids, these ids. How many of the lists were there, each time.
 */
export const PUSH_LUA = `${TRIM_LUA}${STATE_LUA}
local trimAbove, kept, positions = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3])
if positions > 0 then reach(KEYS[#KEYS], 4, positions) end
-- Locals, as globals would be looked up for every list.
local call, unpack, keys, args = redis.call, unpack, KEYS, ARGV
local key, place, counts = 1, 4 + 2 * positions, {}
while args[place] do
  local lists, ids = tonumber(args[place]), tonumber(args[place + 1])
  local first, last, count = place + 2, place + 1 + ids, 0
  for _ = 1, lists do
    local list = keys[key]
    local length = call('RPUSHX', list, unpack(args, first, last))
    if length > 0 then count = count + 1 end
    if length > trimAbove + 1 then trim(list, length, trimAbove, kept) end
    key = key + 1
  end
  counts[#counts + 1] = count
  place = last + 1
end
return counts
`;

/** KEYS: list, state of its bucket. ARGV: followsRevision, token, life in ms. */
export const BEGIN_LUA = `${TENURE_LUA}
local epoch = redis.call('HGET', KEYS[2], 'epoch') or '-'
redis.call('DEL', KEYS[1])
redis.call('RPUSH', KEYS[1], table.concat({string.rep('0', 19), ARGV[1], tenure(), epoch, ARGV[2]}, '|'))
redis.call('PEXPIRE', KEYS[1], ARGV[3])
`;

/** KEYS: list. ARGV: token, completeFrom, trimAbove, kept, ids. 1 if it applied. */
export const FINISH_LUA = `${TENURE_LUA}${TRIM_LUA}
local header = redis.call('LINDEX', KEYS[1], 0)
if not header then return 0 end
local begun, token = string.match(header, '^%d+|%d+|(%x+)|[%x-]+|(.*)$')
if token ~= ARGV[1] or begun ~= tenure() then return 0 end
header = raised(string.sub(header, 1, -1 - #token) .. '-', ARGV[2])
local read = {}
for i = 5, #ARGV do read[i - 4] = ARGV[i] end
local ids = sorted(header, redis.call('LRANGE', KEYS[1], 1, -1), read)
local first = 1
if #ids > tonumber(ARGV[3]) then
  first = #ids - tonumber(ARGV[4]) + 1
  header = raised(header, ids[first])
end
rewrite(KEYS[1], header, ids, first)
return 1
`;

/** KEYS: list. ARGV: life in ms. Renews it, and says in which tenure. */
export const TOUCH_LUA = `${TENURE_LUA}
redis.call('PEXPIRE', KEYS[1], ARGV[1])
return tenure()
`;
