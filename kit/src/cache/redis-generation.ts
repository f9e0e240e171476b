import { TENURE_LUA } from '../redis/redis-tenure.ts';

/**
 * Lua in front of the scripts of both caches. What is kept counts only in its generation, a text under a key of its own in
 * each bucket. A generation ends, and everything of it is missing from then on,
 * - when the cache is cleared, or Redis loses that key with others (FLUSHALL, eviction);
 * - with the tenure of the master that serves the bucket: one that has restarted may have gone back to an old snapshot, a replica
 *   that took over may lack the last deletions.
 * A generation is `<tenure>:<epoch seconds>.<microseconds>:<token>`.
 */
export const GENERATION_LUA = `${TENURE_LUA}
local function current(key)
  local now, held = tenure(), redis.call('GET', key)
  return held and string.sub(held, 1, 16) == now and held or nil, now
end

local function generation(key, token)
  local held, now = current(key)
  if held then return held end
  local time = redis.call('TIME')
  local fresh = now .. ':' .. time[1] .. '.' .. time[2] .. ':' .. token
  redis.call('SET', key, fresh)
  return fresh
end
`;

/** KEYS: generations. ARGV[1]: seconds that a generation has to be old to be ended; 0 ends any. */
export const END_GENERATIONS_LUA = `
local now = redis.call('TIME')
for _, key in ipairs(KEYS) do
  local held = redis.call('GET', key)
  if held then
    local seconds, micros = string.match(held, ':(%d+)%.(%d+)')
    local age = now[1] - seconds + (now[2] - micros) / 1000000
    if age >= tonumber(ARGV[1]) then redis.call('DEL', key) end
  end
end
`;
