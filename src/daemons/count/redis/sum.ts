/** Of two decimal numbers as text, in Lua, whose own have 15 digits: exact, and nil where one is no number. */
export const SUM = `
-- Decimal numbers in parts of six digits, the last first; three of them behind the point.
local function parts(text)
  local sign, whole, fraction = string.match(text, '^(-?)(%d+)%.?(%d*)$')
  if not whole or #fraction > 18 then return nil end
  local digits = whole .. fraction .. string.rep('0', 18 - #fraction)
  local all = {}
  for last = #digits, 1, -6 do
    all[#all + 1] = tonumber(string.sub(digits, math.max(1, last - 5), last)) * (sign == '-' and -1 or 1)
  end
  return all
end
local function sum(one, other)
  local a, b = parts(one), parts(other)
  if not a or not b then return nil end
  local size = math.max(#a, #b)
  local sign = 1
  for n = size, 1, -1 do
    a[n] = (a[n] or 0) + (b[n] or 0)
  end
  for n = size, 1, -1 do
    if a[n] ~= 0 then
      if a[n] < 0 then sign = -1 end
      break
    end
  end
  local carry = 0
  for n = 1, size do
    local value = a[n] * sign + carry
    carry = math.floor(value / 1000000)
    a[n] = value - carry * 1000000
  end
  if carry > 0 then a[size + 1] = carry end
  local digits = {}
  for n = #a, 1, -1 do digits[#digits + 1] = string.format('%06d', a[n]) end
  local text = table.concat(digits)
  local whole = string.gsub(string.sub(text, 1, -19), '^0+(%d)', '%1')
  local fraction = string.gsub(string.sub(text, -18), '0+$', '')
  if whole == '' then whole = '0' end
  text = fraction == '' and whole or whole .. '.' .. fraction
  return sign < 0 and '-' .. text or text
end
`
