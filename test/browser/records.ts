import type { Fields } from './support.ts'

const PROGRAMS = ['sshd', 'nginx', 'cron'] as const
const MESSAGES = {
  sshd: 'Failed password for root from 10.0.0.7 port 52144 ssh2',
  nginx: '"GET /api/v1/orders HTTP/1.1" 500 1234',
  cron: '(root) CMD (/usr/local/bin/backup)',
}
const SEVERITIES = ['info', 'notice', 'warning', 'err', 'info'] as const

/** Records of the last half hour, one a minute, of two hosts and three programs; the last one is the newest. */
export function ordinary(count = 30): Fields[] {
  const now = Date.now()
  return Array.from({ length: count }, (_, n) => {
    const program = PROGRAMS[n % 3]!
    return {
      '@timestamp': new Date(now - (count - n) * 60_000).toISOString(),
      syslog_severity: SEVERITIES[n % 5]!,
      host: n % 2 ? 'web1' : 'web2',
      syslog_program: program,
      structured_data: { origin: { ip: '192.0.2.1' } },
      message: `${MESSAGES[program]} #${n}`,
    }
  })
}

/** What somebody may send who wants to harm those who look at it. */
export const HOSTILE: Fields = {
  host: '<b onmouseover=hacked=1>bold</b>',
  'x"><img src=x onerror=hacked=1>': 'name',
  message:
    '<script>hacked=1</script><img src=x onerror=hacked=1> \u202egnp.exe\u202c \u001b[31mred\u0000 https://evil.example/',
}

const HOSTS = ['web1', 'web2', 'web3', 'db1', 'mail', 'edge.fra', 'bastion']
const USERS = ['root', 'deploy', 'alice', 'www-data']
const SAYS: readonly [program: string, severity: string, say: (n: number) => string][] = [
  [
    'sshd',
    'warning',
    n =>
      `Failed password for invalid user ${USERS[n % 4]} from 198.51.100.${n % 250} port ${40000 + (n % 9999)} ssh2`,
  ],
  [
    'sshd',
    'info',
    n => `Accepted publickey for ${USERS[n % 4]} from 192.0.2.${n % 90} port ${50000 + (n % 9999)} ssh2`,
  ],
  ['nginx', 'info', n => `192.0.2.${n % 200} "GET /orders?page=${n % 40} HTTP/1.1" 200 ${n % 8000}`],
  [
    'nginx',
    'err',
    n =>
      `connect() failed (111: Connection refused) while connecting to upstream, client: 192.0.2.${n % 200}`,
  ],
  [
    'postgres',
    'notice',
    n => `duration: ${(n % 900) + 0.5} ms  statement: SELECT id, total FROM orders WHERE customer = $1`,
  ],
  ['postfix/smtp', 'warning', n => `connect to mx.example.net[203.0.113.${n % 9}]:25: Connection refused`],
  ['kernel', 'crit', n => `EXT4-fs error (device sdb1): inode #${n}: comm nginx: reading directory lblock 0`],
  ['cron', 'info', n => `(${USERS[n % 4]}) CMD (/usr/local/bin/backup --quiet)`],
]

/** A day of a few hosts with a bad hour in it, for the picture of the README; the same each time but for the clock. */
export function picturesque(count: number): Fields[] {
  const now = Date.now()
  let seed = 42
  const chance = () => {
    seed = (seed * 1_103_515_245 + 12_345) % 2 ** 31
    return seed / 2 ** 31
  }
  const records = Array.from({ length: count }, (_, n) => {
    const bad = chance() < 0.12
    const hours = bad ? 5 + chance() : chance() * 24
    const which = bad ? [0, 0, 3, 3, 5, 6][Math.floor(chance() * 6)]! : Math.floor(chance() ** 0.8 * 8)
    const [program, severity, say] = SAYS[which]!
    const at = now - hours * 3_600_000 - 1000
    const host = HOSTS[Math.floor(chance() ** 1.6 * HOSTS.length)]!
    return {
      at,
      fields: { syslog_severity: severity, host, syslog_program: program, message: say(n * 7919) },
    }
  })
  return records
    .sort((a, b) => a.at - b.at)
    .map(({ at, fields }) => ({ '@timestamp': new Date(at).toISOString(), ...fields }))
}
