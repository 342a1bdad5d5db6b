// What Redis runs as a whole: either all of a change is in it, or nothing.

import { SLICES } from '../slice-timer.ts'
import { SUM } from './sum.ts'

/** Of an id: with its header, what Redis keeps of it is 16. Of a thousand million, two are the same with a chance of 10^-11. */
export const ID_BYTES = 12
/** Begins the answer when this process has to enter again: others count something else by now, or Redis has lost it. */
export const CHANGED = 'CHANGED'
/** Members of a set that are given to a command at once: Lua's stack ends somewhere. */
const AT_ONCE = 1000

/**
 * The arguments are: prefix, milliseconds of a slice, ids (12 bytes each, one behind the other), keys and hashes in MessagePack
 * (arguments.ts), those who were seen (as the ids), the print of what is counted (enter.ts), and whether a slice may end. They are few
 * because Redis and its client take much longer for many: 40,000 of them took a second.
 *
 * It answers with the positions of ids that are there already, and has changed nothing then; or with none, and what could not be
 * done because somebody else uses the name for something else, the number of this change, and that of the newest slice.
 *
 * Nothing is taken back when a script ends early. So each command is done on a name of no use first: a Redis that must not be
 * written to (OOM, READONLY, MISCONF), or that forbids this user one of them, says so before anything is changed; also to who has only ids
 * that are there, who would take it for well. Ids are kept in slices of time; the oldest is dropped when a new one begins.
 */
export const SCRIPT = `
local prefix, slice = ARGV[1], tonumber(ARGV[2])
local function chunks(all, use)
  for from = 1, #all, ${AT_ONCE} do use(from, unpack(all, from, math.min(from + ${AT_ONCE - 1}, #all))) end
end
local function pieces(text)
  local all = {}
  for first = 1, #text, ${ID_BYTES} do all[#all + 1] = string.sub(text, first, first + ${ID_BYTES - 1}) end
  return all
end
if (redis.call('GET', prefix .. 'sluice:print') or '') ~= ARGV[6] then
  return redis.error_reply('${CHANGED} what is counted here has changed')
end
local ids, members = pieces(ARGV[3]), pieces(ARGV[5])
local keys, hashes = unpack(cmsgpack.unpack(ARGV[4]))

local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)

-- The first one is what a full Redis refuses (after any other it would let us go on), and takes the place of whatever an attempt that was
-- refused has left there.
local scratch = prefix .. 'sluice:try'
redis.call('SET', scratch, '')
redis.call('UNLINK', scratch)
redis.call('HSET', scratch, 'n', 0)
redis.call('HINCRBY', scratch, 'n', 1)
redis.call('HGET', scratch, 'n')
redis.call('PERSIST', scratch)
redis.call('PEXPIREAT', scratch, string.format('%.0f', now + 60000))
redis.call('UNLINK', scratch)
redis.call('SADD', scratch, 'n')
redis.call('UNLINK', scratch)
redis.call('ZADD', scratch, 'GT', 0, 'n')
redis.call('ZREM', scratch, 'n')
redis.call('UNLINK', scratch)

local newest, begun = 0, 0
local state = redis.call('GET', prefix .. 'sluice:slice')
if state then
  local first, second = string.match(state, '^(%d+) (%d+)$')
  newest, begun = tonumber(first), tonumber(second)
  if not begun then return redis.error_reply('FOREIGN ' .. prefix .. 'sluice:slice is of something else; delete it') end
end
local function named(number) return prefix .. 'sluice:ids:' .. string.format('%d', number) end

local known = {}
for number = newest, math.max(1, newest - ${SLICES}), -1 do
  if redis.call('EXISTS', named(number)) == 1 then
    chunks(ids, function(from, ...)
      for n, there in ipairs(redis.call('SMISMEMBER', named(number), ...)) do
        if there == 1 then known[#known + 1] = from + n - 2 end
      end
    end)
  end
end
if #known > 0 then return { known, {} } end

-- A number that is not above the one answered before tells that Redis has lost what it had answered.
local number = redis.call('INCR', prefix .. 'sluice:writes')

-- A clock that was set back makes a slice longer, and ends none. One that is set forth ends one, but none that has just begun, as whoever
-- sends this knows by a clock that nobody sets: setting it to and fro forgets nothing.
local wasSetBack = begun - now >= slice * ${SLICES}
if wasSetBack then begun = now end
local isOver = newest == 0 or (now - begun >= slice and ARGV[7] ~= '')
if isOver then newest, begun = newest + 1, now end
if isOver or wasSetBack then
  redis.call('SET', prefix .. 'sluice:slice', string.format('%d %.0f', newest, begun))
  redis.call('UNLINK', named(newest - ${SLICES + 1}))
end
chunks(ids, function(_, ...) redis.call('SADD', named(newest), ...) end)

local failed = {}
local function try(...)
  local answer = redis.pcall(...)
  if type(answer) == 'table' and answer.err then
    failed[#failed + 1] = answer.err
    return nil
  end
  return answer
end

local function expire(name, time)
  if time == '0' then try('PERSIST', name) else try('PEXPIREAT', name, time) end
end

${SUM}
local function putKey(key)
  try('ZADD', prefix .. 'sluice:keys', 0, key[1])
  try('ZADD', prefix .. 'sluice:last', 'GT', key[2], key[1])
  if key[3] == '0' then try('ZREM', prefix .. 'sluice:until', key[1])
  else try('ZADD', prefix .. 'sluice:until', 'GT', key[3], key[1]) end
end
local taken = 1
local function putHash(change)
  local hash, kind, expires, fields = prefix .. change[1], change[2], change[3], change[4]
  local before = #failed
  for n = 1, #fields, 2 do
    local field, addition = fields[n], fields[n + 1]
    if kind == 'count' then
      try('HINCRBY', hash, field, addition)
    elseif kind == 'sum' then
      local old = try('HGET', hash, field)
      if old ~= nil then
        local after = sum(old or '0', addition)
        if after then try('HSET', hash, field, after)
        else failed[#failed + 1] = hash .. ' ' .. field .. ' holds no number' end
      end
    else
      local seen = 0
      local set = hash .. '/' .. field .. ':members'
      for _ = 1, addition[1] do
        seen = seen + (try('SADD', set, members[taken]) or 0)
        taken = taken + 1
      end
      try('HINCRBY', hash, field, string.format('%d', seen))
      if #failed == before then expire(set, addition[2]) end
    end
  end
  -- What is somebody else's is not to end with ours.
  if #failed == before then expire(hash, expires) end
end
-- The ids are there by now: a mistake in here must not end it half way.
local function each(all, put)
  for _, one in ipairs(all) do
    local ok, why = pcall(put, one)
    if not ok then failed[#failed + 1] = tostring(why) end
  end
end
each(keys, putKey)
each(hashes, putHash)
return { known, failed, number, newest }
`
