// Those that count into one Redis under one prefix count the same: whoever counts an event takes its id for all of them.

/** Whoever has not been seen for so long is gone; milliseconds. */
export const GONE_AFTER = 60_000

const SEEN = `
local prefix, mine, me, about = ARGV[1], ARGV[2], ARGV[3], ARGV[4]
local users = prefix .. 'sluice:users'
local time = redis.call('TIME')
local function seen() redis.call('ZADD', users, time[1] + ${GONE_AFTER / 1000}, mine .. ' ' .. me) end
`

const OTHERS = `${SEEN}
for _, user in ipairs(redis.call('ZRANGEBYSCORE', users, '(' .. time[1], '+inf')) do
  if string.sub(user, 1, #mine) ~= mine then return user end
end
`

/** The arguments are those of ENTER but for the last two, and so is the answer; changes nothing. */
export const ASK = `${OTHERS}
return false
`

/**
 * The arguments are: prefix, the print of what is counted (about.ts), a name of this process, what the store says from now on.
 * It answers with those that count something else and were there within the last minute; who gets one is not let in.
 */
export const ENTER = `${OTHERS}
redis.call('ZREMRANGEBYSCORE', users, '-inf', time[1])
seen()
redis.call('SET', prefix .. 'sluice:about', about)
redis.call('SET', prefix .. 'sluice:print', mine)
return false
`

/** The arguments are those of ENTER but for the last. Says that it is still there, if others have not taken over meanwhile. */
export const STAY = `${SEEN}
if redis.call('GET', prefix .. 'sluice:print') == mine then seen() end
`
