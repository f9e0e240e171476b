import { TENURE_LUA } from '@starling/kit/redis/redis-tenure.ts';

/**
 * Beside the lists of a bucket stands a HASH: `tenure`, the last one in which nothing is missing from the lists of `epoch`; and for each
 * `<topic>:<partition>` the offset below which every record has been pushed to the lists, or goes on as a record that counts itself. It
 * is written after those pushes, to the same server, and what a server comes back with are its first commands, up to some moment: so
 * whatever is missing from the lists is at or above it. In another tenure it stands still until what may be missing has been replayed.
 *
 * An epoch is named after the tenure in which it began. A bucket begins a new one when what is missing cannot be replayed;
 * lists of an earlier one are not believed again. `highest` is none of this: redis-trim-lua.ts says what it is for. `generation` is one
 * that redis-drop.ts has begun: lists of any other are dropped ones, whether they are still there or not.
 */
export const STATE_LUA = `${TENURE_LUA}
local function raise(state, first, count)
  if count == 0 then return end
  local names, raised = {}, {}
  for nth = 1, count do names[nth] = ARGV[first + 2 * (nth - 1)] end
  for nth, held in ipairs(redis.call('HMGET', state, unpack(names))) do
    local offset = ARGV[first + 2 * nth - 1]
    if not held or tonumber(held) < tonumber(offset) then
      raised[#raised + 1] = names[nth]
      raised[#raised + 1] = offset
    end
  end
  if #raised > 0 then redis.call('HSET', state, unpack(raised)) end
end

local function reach(state, first, count)
  if redis.call('HGET', state, 'tenure') == tenure() then raise(state, first, count) end
end
`;

/** KEYS: state. ARGV: how many positions, these, each with its offset. */
export const REACH_LUA = `${STATE_LUA}
reach(KEYS[1], 2, tonumber(ARGV[1]))
`;

/** KEYS: state. Nothing if it is of this tenure; else the tenure, and the state. */
export const SURVEY_LUA = `${TENURE_LUA}
local now = tenure()
if redis.call('HGET', KEYS[1], 'tenure') == now then return nil end
return {now, redis.call('HGETALL', KEYS[1])}
`;

/** KEYS: state. ARGV: tenure, whether a new epoch begins, how many positions, these, each with its offset. 1 if that tenure lasts. */
export const BELIEVE_LUA = `${STATE_LUA}
if tenure() ~= ARGV[1] then return 0 end
if ARGV[2] == '1' then
  local highest, generation = unpack(redis.call('HMGET', KEYS[1], 'highest', 'generation'))
  redis.call('DEL', KEYS[1])
  redis.call('HSET', KEYS[1], 'epoch', ARGV[1], 'highest', highest or '', 'generation', generation or '')
end
redis.call('HSET', KEYS[1], 'tenure', ARGV[1])
raise(KEYS[1], 4, tonumber(ARGV[3]))
return 1
`;

/** KEYS: lease. ARGV: holder, life in ms. 1 if it is the holder's now. */
export const CLAIM_LUA = `
local held = redis.call('GET', KEYS[1])
if held and held ~= ARGV[1] then return 0 end
redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
return 1
`;

/** KEYS: lease. ARGV: holder. */
export const RELEASE_LUA = `
if redis.call('GET', KEYS[1]) == ARGV[1] then redis.call('DEL', KEYS[1]) end
`;
