// Records as a site's programs would send them: words by a Zipf-like distribution, hosts, programs and severities with
// shares that are usual, and words that are known to be in a certain part of the records. The same number always gives
// the same line.
import { createMint } from '../../src/lib/id.ts'
import { createParseInto } from '../../src/lib/syslog/index.ts'

/** Words that are in a known part of the records, to ask for them. */
export const KNOWN = {
  /** In half of them, each for itself. */
  common: ['connection', 'session'],
  /** In one of 100,000. */
  rare: 'xylophone',
  /** These words side by side in 2 % of the records; each of them also elsewhere. */
  phrase: 'failed password for',
  /** In 5 % of all messages, but once in 100,000 records in `user.name`. */
  seldomUser: 'nobody',
} as const

const WORDS = 4000
const HOSTS = 40
const USERS = ['alice', 'bob', 'carol', 'dave', 'erin', 'frank', 'grace', 'heidi', 'ivan', 'judy']
const PROGRAMS = [
  ...[
    'nginx',
    'sshd',
    'kernel',
    'postfix/smtpd',
    'systemd',
    'haproxy',
    'postgres',
    'cron',
    'dockerd',
    'named',
  ],
  ...['dhcpd', 'slapd', 'sudo', 'rsyncd', 'chronyd', 'php-fpm', 'redis', 'rabbitmq', 'vault', 'consul'],
  ...['etcd', 'kubelet', 'grafana', 'bacula', 'smartd'],
]
/** Per mille of each severity, the worst first. */
const SEVERITY_SHARES = [0.5, 1, 4, 45, 100, 130, 690, 29.5]
/** Records a second of the time that they tell. */
export const TOLD_RATE = 1000
const SYLLABLES = 'ba ce di fo gu la me ni po ru sa te vi zo ka le mi no pu ra se ti vo za'.split(' ')

/** Returns the function that makes the text of a message of a number; at most 2^32 of them differ. */
function createText(): (number: number, user: string) => string {
  const random = createRandom()
  const word = zipf(Array.from({ length: WORDS }, (_, n) => spell(n)))
  return (number, user) => {
    random.seed(number)
    let text = ''
    for (let left = 8 + (random.next() % 8); left > 0; left--) text += `${word(random.next())} `
    if (random.next() & 1) text += `${KNOWN.common[0]} `
    if (random.next() & 1) text += `${KNOWN.common[1]} `
    const part = random.next() % 100
    if (part < 2) text += `${KNOWN.phrase} ${user} `
    else if (part < 6) text += `failed ${word(random.next())} password `
    else if (part < 11) text += `user ${KNOWN.seldomUser} for `
    else if (part < 30) text += `user ${user} `
    if (part % 4 === 0) text += `request_id=${random.next().toString(16)}${random.next().toString(16)} `
    if (number % 100_000 === 77_777) text += `${KNOWN.rare} `
    return `${text}from 10.${random.next() % 4}.${random.next() % 32}.${random.next() % 256} port ${random.next() % 30_000}`
  }
}

/**
 * Returns the function that gives the line on the wire and the record, as sluice-syslog-json makes it, of a number;
 * one in ten has the object `user` of some filter behind it.
 * @param start when number 0 was received, epoch milliseconds
 */
export function createLogRecords(start: number): (number: number) => { line: string; json: string } {
  const mint = createMint()
  const text = createText()
  const random = createRandom()
  const host = zipf(Array.from({ length: HOSTS }, (_, n) => `web${n + 1}.example.org`))
  const program = zipf(PROGRAMS)
  const user = zipf(USERS)
  const severity = shares(SEVERITY_SHARES)
  const parseInto = createParseInto({ schema: 'classic', timezone: 'UTC' })
  return number => {
    random.seed(number ^ 0x5f5f5f5f)
    const received = start + Math.floor((number * 1000) / TOLD_RATE)
    const who = user(random.next())
    const runs = program(random.next())
    const facility = runs.length % 2 === 0 ? 3 : 16 + (runs.length % 8)
    const priority = facility * 8 + severity(random.next())
    const line = `<${priority}>${stamp(received)} ${host(random.next())} ${runs}[${300 + (random.next() % 32_000)}]: ${text(number, who)}`
    const record: object = parseInto(
      { '@meta': { id: mint(), received, peer: '10.0.0.7:514' } },
      line,
      received,
    )
    const owner = number % 100_000 === 55_550 ? KNOWN.seldomUser : number % 10 === 3 ? who : undefined
    return { line, json: JSON.stringify(owner ? { ...record, user: { name: owner } } : record) }
  }
}

/** Of the line's time, as RFC 3164 writes it. */
function stamp(time: number): string {
  const [, day, month, , clock] = new Date(time).toUTCString().split(' ')
  return `${month} ${day!.replace(/^0/, ' ')} ${clock}`
}

function spell(n: number): string {
  let word = ''
  for (let left = n + SYLLABLES.length; left > 0; left = Math.floor(left / SYLLABLES.length))
    word += SYLLABLES[left % SYLLABLES.length]!
  return word
}

/** Picks by 32 random bits: the n-th with a share of 1/(n + 3). */
function zipf(values: readonly string[]): (bits: number) => string {
  const pick = shares(values.map((_, n) => 1 / (n + 3)))
  return bits => values[pick(bits)]!
}

const SLOTS = 2 ** 16

function shares(weights: readonly number[]): (bits: number) => number {
  const sum = weights.reduce((a, b) => a + b, 0)
  const slots = new Uint16Array(SLOTS)
  let end = 0
  let slot = 0
  weights.forEach((weight, n) => {
    end += (weight / sum) * SLOTS
    while (slot < end && slot < SLOTS) slots[slot++] = n
  })
  return bits => slots[bits >>> 16]!
}

/** xorshift32: what matters is that it is quick, and the same in each run. */
function createRandom(): { seed(number: number): void; next(): number } {
  let state = 1
  const next = () => {
    state ^= state << 13
    state ^= state >>> 17
    state ^= state << 5
    return state >>> 0
  }
  return {
    seed(number) {
      state = Math.imul(number + 1, 0x9e3779b1) || 1
      next()
    },
    next,
  }
}
