import { GENERATION_LUA } from './redis-generation.ts';

/**
 * A hash per key: `n` its generation, `m` the least revision that may be served (an invalidation), `r` and `v` the revision
 * and the value of the image, `t` the ticket. Revisions are decimal texts: Lua's numbers lose digits.
 */
const LESS_LUA = `
local function less(a, b)
  if #a ~= #b then return #a < #b end
  return a < b
end
`;

/** KEYS: generation, images. ARGV: token, life of a ticket in ms. For each key {revision, value}, or a ticket. */
export const GET_LUA = `${GENERATION_LUA}
local now = generation(KEYS[1], ARGV[1])
local answers = {}
for i = 2, #KEYS do
  local held = redis.call('HMGET', KEYS[i], 'n', 'r', 'v', 't')
  local isNow = held[1] == now
  if isNow and held[2] then
    answers[i - 1] = {held[2], held[3]}
  elseif isNow and held[4] then
    answers[i - 1] = held[4]
  else
    if not isNow then redis.call('DEL', KEYS[i]) end
    redis.call('HSET', KEYS[i], 'n', now, 't', ARGV[1])
    if not isNow then redis.call('PEXPIRE', KEYS[i], ARGV[2]) end
    answers[i - 1] = ARGV[1]
  end
end
return answers
`;

/** KEYS: generation, image. ARGV: ticket, revision, value, life in ms. */
export const PUT_LUA = `${GENERATION_LUA}${LESS_LUA}
local held = redis.call('HMGET', KEYS[2], 'n', 't', 'm', 'r')
local revision = ARGV[2]
if not held[1] or held[1] ~= current(KEYS[1]) or held[2] ~= ARGV[1] then return end
if held[3] and less(revision, held[3]) then return end
if held[4] and not less(held[4], revision) then return end
redis.call('HSET', KEYS[2], 'r', revision, 'v', ARGV[3])
redis.call('PEXPIRE', KEYS[2], ARGV[4])
`;

/** KEYS: generation, images. ARGV: token, life in ms, for each key the least revision. */
export const INVALIDATE_LUA = `${GENERATION_LUA}${LESS_LUA}
local now = generation(KEYS[1], ARGV[1])
for i = 2, #KEYS do
  local least = ARGV[i + 1]
  local held = redis.call('HMGET', KEYS[i], 'n', 'm', 'r')
  local isNow = held[1] == now
  if isNow and held[2] and less(least, held[2]) then least = held[2] end
  if isNow and held[3] and not less(held[3], least) then
    redis.call('HSET', KEYS[i], 'm', least)
  else
    redis.call('DEL', KEYS[i])
    redis.call('HSET', KEYS[i], 'n', now, 'm', least)
    redis.call('PEXPIRE', KEYS[i], ARGV[2])
  end
end
`;
