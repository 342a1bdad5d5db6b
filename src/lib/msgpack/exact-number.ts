const NUMBER = /^(-?)(\d+)(?:\.(\d+))?(?:e([+-]?\d+))?$/i

/** Digits of the largest number of 64 bits. */
const MOST_DIGITS = 20

/**
 * What MessagePack has for a number of JSON: an integer of 64 bits, or a double that says the same. Else it is the text that it was.
 */
export function exactNumber(source: string): number | bigint | string {
  const exact = decimal(source)
  if (exact === undefined) return source
  const { sign, digits, exponent } = exact
  if (exponent >= 0 && digits.length + exponent <= MOST_DIGITS) {
    const integer = BigInt(`${sign}${digits}${'0'.repeat(exponent)}`)
    if (Number.isSafeInteger(Number(integer))) return Number(integer)
    if (BigInt.asUintN(64, integer) === integer || BigInt.asIntN(64, integer) === integer) return integer
  }
  const double = decimal(String(Number(source)))
  const isSame = double?.sign === sign && double.digits === digits && double.exponent === exponent
  return isSame ? Number(source) : source
}

/** Without zeros at either end: the same for all ways to write a number. */
function decimal(source: string): { sign: string; digits: string; exponent: number } | undefined {
  const [, sign = '', whole, part = '', power = '0'] = NUMBER.exec(source) ?? []
  if (whole === undefined) return undefined
  const all = (whole + part).replace(/^0+/, '')
  const digits = all.replace(/0+$/, '')
  if (digits === '') return { sign, digits: '0', exponent: 0 }
  return { sign, digits, exponent: Number(power) - part.length + all.length - digits.length }
}
