/**
 * Lua in front of the scripts of both caches. What is kept counts only in its generation, a text under a key of its own in
 * each bucket. A generation ends, and everything of it is missing from then on,
 * - when the cache is cleared, or Redis loses that key with others (FLUSHALL, eviction);
 * - when another process of Redis serves the bucket: one that has restarted may have gone back to an old snapshot, a replica
 *   that took over may lack the last deletions. A process of Redis is known by its `run_id`.
 * A generation is `<run_id, shortened>:<epoch seconds>.<microseconds>:<token>`.
 */
export const GENERATION_LUA = `
local function current(key)
  local run = string.sub(string.match(redis.call('INFO', 'server'), 'run_id:(%x+)'), 1, 16)
  local held = redis.call('GET', key)
  return held and string.sub(held, 1, 16) == run and held or nil, run
end

local function generation(key, token)
  local held, run = current(key)
  if held then return held end
  local time = redis.call('TIME')
  local fresh = run .. ':' .. time[1] .. '.' .. time[2] .. ':' .. token
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
