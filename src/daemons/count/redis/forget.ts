// Keys of which nothing is kept any more. Redis itself forgets their hashes.

/** Keys that are forgotten at once: a few milliseconds. */
export const FORGOTTEN_AT_ONCE = 500

/** The argument is the prefix. It answers with how many keys it has forgotten. */
export const FORGET = `
local prefix = ARGV[1]
local time = redis.call('TIME')
local keys = redis.call('ZRANGEBYSCORE', prefix .. 'sluice:until', '-inf', time[1] * 1000, 'LIMIT', 0, ${FORGOTTEN_AT_ONCE})
for _, key in ipairs(keys) do
  for _, name in ipairs({ 'keys', 'last', 'until' }) do redis.call('ZREM', prefix .. 'sluice:' .. name, key) end
end
return #keys
`
