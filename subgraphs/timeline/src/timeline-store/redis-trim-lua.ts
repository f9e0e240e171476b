/**
 * How lists are kept in order and cut back. A list is its header first, then ids in the order in which they came, with repetitions. The
 * header is `<completeFrom>|<followsRevision>|<tenure>|<epoch>|<token>|<marks>`: in which tenure of a server (redis-tenure.ts) and in
 * which epoch of its bucket the list was begun, `-` for none, with the generation behind a dot once there is one (redis-drop.ts); and
 * the token of the build that runs, `-` once it has finished. Ids have 19 digits and are compared as texts: Lua's numbers lose digits.
 *
 * A list may be cut only where it can say from which id on it is complete. To look at all that goes would cost more than all pushes since
 * the last cut, so lists have marks: `<n>:<ceiling>`, with commas between, says that none of the first n ids is above the ceiling. A build
 * knows them, as it has the ids in order; later ones are made at each cut, when all ids in the list are at most the `highest` that any list
 * of its bucket has ever got (in the bucket's state). So the next cuts are at marks, and cost the same at any length.
 */
export const TRIM_LUA = `
local function successor(id)
  local head, digit, nines = string.match(id, '^(%d*)([0-8])(9*)$')
  return head .. (digit + 1) .. string.rep('0', #nines)
end

local function raised(header, completeFrom)
  if completeFrom <= string.sub(header, 1, 19) then return header end
  return completeFrom .. string.sub(header, 20)
end

local function raiseHighest(state, id)
  local held = redis.call('HGET', state, 'highest')
  if held and held >= id then return held end
  redis.call('HSET', state, 'highest', id)
  return id
end

-- As many ids are between marks as between cuts, if that is not so few that marks outgrow the ids.
local function spacing(limits)
  return math.max(limits.trimAbove + 1 - limits.kept, math.ceil(limits.kept / 8))
end

local function marked(header, marks)
  return string.match(header, '^.*|') .. table.concat(marks, ',')
end

-- Of ids in order; if there are more than so many, as many of the highest as are kept.
local function rewrite(key, header, ids, most, limits)
  local first = 1
  if #ids > most then
    first = #ids - limits.kept + 1
    header = raised(header, ids[first])
  end
  local ttl, step, count, marks = redis.call('PTTL', key), spacing(limits), #ids - first + 1, {}
  for place = step, count + step - 1, step do
    local at = math.min(place, count)
    marks[#marks + 1] = at .. ':' .. ids[first + at - 1]
  end
  redis.call('DEL', key)
  redis.call('RPUSH', key, marked(header, marks))
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

local function sort(key, header, limits)
  local ids = sorted(header, redis.call('LRANGE', key, 1, -1))
  -- Repetitions are gone. With only a few of them, every next one would bring us here again.
  rewrite(key, header, ids, (limits.trimAbove + limits.kept) / 2, limits)
end

-- The first mark at which a cut is worth its while, and the marks behind it, as they are after the cut.
local function markToCut(header, count, limits)
  local wanted, cut, ceiling, behind, last = count - limits.kept, nil, nil, {}, 0
  local least = math.max(wanted / 2, count - limits.trimAbove)
  for text, id in string.gmatch(string.match(header, '[^|]*$'), '(%d+):(%d+)') do
    local place = tonumber(text)
    if cut then
      last = place - cut
      behind[#behind + 1] = last .. ':' .. id
    elseif place >= least then
      if place > wanted + limits.kept / 4 then return nil end
      cut, ceiling = place, id
    end
  end
  return cut, ceiling, behind, last
end

-- Of a list with so many ids. Most come in order; where they do not, little would be left above a mark.
local function trim(key, count, limits, highest)
  local header = redis.call('LINDEX', key, 0)
  local cut, ceiling, marks, last = markToCut(header, count, limits)
  local middle = cut and redis.call('LINDEX', key, cut + math.ceil(limits.kept / 2))
  if not middle or middle <= ceiling then return sort(key, header, limits) end
  if count - cut - last >= math.ceil(limits.kept / 8) then marks[#marks + 1] = (count - cut) .. ':' .. highest end
  redis.call('LTRIM', key, cut, -1)
  redis.call('LSET', key, 0, marked(raised(header, successor(ceiling)), marks))
end
`;
