// A chain as its operator runs it for years, in a Debian that a real systemd has booted: killed, stopped and given new keys while
// records come to port 514, and none is lost.
import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { orSkip } from '../servers/available.ts'
import { type Machine, startMachine } from '../servers/machine.ts'
import { until } from '../servers/support.ts'
import { killService, NODE, typed } from './services/machine.ts'

const SLUICE = '/opt/sluice/bin/sluice'
const COUNT = 10_000

const service = (machine: Machine, command: string) => typed(machine, `${SLUICE} service ${command}`)

/** Sends datagrams with a word and a number to port 514, 2,000 a second. */
const SEND = `
const [word, from, to] = process.argv.slice(1).map((one, n) => n === 0 ? one : Number(one))
const socket = require('node:dgram').createSocket('udp4')
let sent = from
const timer = setInterval(() => {
  for (let n = 0; n < 20 && sent < to; n++) socket.send('<13>Oct 11 22:14:15 web1 app: ' + word + ' ' + sent++, 514, '127.0.0.1')
  if (sent === to) clearInterval(timer), setImmediate(() => socket.close())
}, 10)`

const send = (machine: Machine, word: string, from: number, to: number) =>
  machine.run(NODE, '-e', SEND, word, String(from), String(to))

/** The numbers behind a word in a store, each as often as it is there. */
async function numbers(machine: Machine, word: string): Promise<number[]> {
  const script = `fetch('http://127.0.0.1:8514/api/export?q=${word}').then(r => r.text()).then(t => process.stdout.write(t))`
  const lines = (await machine.run(NODE, '-e', script).catch(() => '')).split('\n').slice(0, -1)
  return lines.map(line => Number(JSON.parse(line).message.replace(`${word} `, ''))).sort((a, b) => a - b)
}

/** Each is there, once. */
async function untilComplete(machine: Machine, word: string, count: number): Promise<void> {
  const what = `${count} records of ${word}`
  await until(async () => (await numbers(machine, word)).length >= count, { timeout: 60_000, what })
  assert.deepEqual(
    await numbers(machine, word),
    Array.from({ length: count }, (_, n) => n),
  )
}

/** Each record that is stored has what it takes; nothing is on its way any more. */
const accepted = (machine: Machine, word: string, count: number) =>
  until(async () => (await numbers(machine, word)).length >= count, {
    timeout: 60_000,
    what: `${count} of ${word}`,
  })

test('a chain under systemd', { timeout: 300_000 }, async t => {
  const machine = await orSkip(t, () => startMachine({}))
  if (!machine) return
  t.after(() => machine.stop())
  await service(machine, "plan --name edge --install --now 'syslog-udp --listen :514 | syslog-json | store'")
  const parts = { killed, stopped, restarted, rekeyed, clean }
  for (const [name, part] of Object.entries(parts)) await t.test(name, t => part(t, machine))
})

/** With -9, each daemon in its turn. What the bridge has in memory is its own alone: it is killed when that is on the disk. */
async function killed(_t: TestContext, machine: Machine): Promise<void> {
  const kill = (stage: string) => killService(machine, `sluice-edge-${stage}`)
  const sending = send(machine, 'killed', 0, COUNT / 2)
  for (const stage of ['syslog-json', 'store', 'syslog-json', 'store']) await kill(stage)
  await sending
  await accepted(machine, 'killed', COUNT / 2)
  await kill('syslog-udp')
  await send(machine, 'killed', COUNT / 2, COUNT)
  await untilComplete(machine, 'killed', COUNT)
}

/** Everything behind the bridge, which keeps what comes meanwhile on its disk. */
async function stopped(_t: TestContext, machine: Machine): Promise<void> {
  const sending = send(machine, 'stopped', 0, COUNT)
  await typed(machine, 'systemctl stop sluice-edge-syslog-json sluice-edge-store')
  await typed(machine, 'systemctl start sluice-edge-store sluice-edge-syslog-json')
  await sending
  await untilComplete(machine, 'stopped', COUNT)
}

/** The bridge: systemd keeps its socket, and what comes meanwhile is in it. */
async function restarted(_t: TestContext, machine: Machine): Promise<void> {
  const sending = send(machine, 'restarted', 0, COUNT)
  for (let n = 0; n < 3; n++) await typed(machine, 'systemctl restart sluice-edge-syslog-udp')
  await sending
  await untilComplete(machine, 'restarted', COUNT)
}

/** Who may connect is changed while records come: who stays allowed does not notice. */
async function rekeyed(_t: TestContext, machine: Machine): Promise<void> {
  const make = ['key --name store1', 'web1 --name web1', 'web2 --name web2'].map(
    how => `${SLUICE} keygen ${how}`,
  )
  await typed(machine, `mkdir -p /etc/sluice && cd /etc/sluice && ${make.join(' && ')}`)
  const allow = async (...names: string[]) => {
    const lines = names.map(name => `${SLUICE} keygen --show ${name}.pub`).join(' && ')
    await typed(machine, `cd /etc/sluice && { ${lines}; } > allowed.new && mv allowed.new allowed`)
  }
  await allow('web1', 'web2')
  const keys = '--curve-key /etc/sluice/key --curve-allow /etc/sluice/allowed'
  const links = "--pull-bind 'ack+tcp://0.0.0.0:7000' --push-connect ack+ipc:///run/sluice/edge-store.ipc"
  await service(machine, `install relay --name hub ${links} ${keys} --now`)
  const sent = (word: string, key: string, count: number) =>
    `i=0; while [ $i -lt ${count} ]; do echo "${word} $i"; i=$((i+1)); [ $((i%500)) = 0 ] && sleep 0.2; done | ` +
    `${SLUICE} relay --pull-connect - --push-connect 'ack+tcp://127.0.0.1:7000?server-key=/etc/sluice/key.pub' ` +
    `--curve-key /etc/sluice/${key} --grace 1s 2>&1`
  const sending = typed(machine, sent('rekeyed', 'web1', COUNT))
  for (const names of [['web1'], ['web2', 'web1'], ['web1']]) {
    await allow(...names)
    await typed(machine, 'systemctl reload sluice-hub')
  }
  assert.doesNotMatch(await sending, /session .* has ended/)
  await untilComplete(machine, 'rekeyed', COUNT)
  // It was allowed in between, and is not now.
  await assert.rejects(
    typed(machine, `exec timeout --signal=TERM 3 sh -c ${quoted(sent('revoked', 'web2', 1))}`),
  )
  assert.deepEqual(await numbers(machine, 'revoked'), [])
}

const quoted = (text: string) => `'${text.replaceAll("'", `'\\''`)}'`

/**
 * What systemd says of services that are started, killed with -9 (in their start, too), stopped and reloaded, and of their sockets.
 */
const OF_SYSTEMD =
  /^((Start|Stopp|Reload|Listen|Clos)(ing|ed|ening)( on)?|Failed to start) sluice-\S+ - Sluice|^sluice-\S+: (Main process exited, code=killed, status=9\/KILL|Failed with result 'signal'\.|Scheduled restart job, restart counter is at \d+\.|Deactivated successfully\.|Consumed .* CPU time\.)$/

/** Nothing of what was done to it was a surprise to any daemon. */
async function clean(_t: TestContext, machine: Machine): Promise<void> {
  const text = await typed(machine, "journalctl --output=cat --no-pager --unit='sluice-*'")
  const all = text.split('\n').filter(Boolean)
  const lines = all.filter(line => line.startsWith('{')).map(line => JSON.parse(line))
  assert.ok(lines.length > 20)
  const loud = lines.filter(({ level }) => ['error', 'fatal'].includes(level))
  assert.deepEqual(loud, [])
  // No stack of Node's, no assertion of libzmq, and of systemd only what was done to them.
  const others = all.filter(line => !line.startsWith('{') && !OF_SYSTEMD.test(line))
  assert.deepEqual(others, [])
  const warned = new Set(lines.filter(({ level }) => level === 'warn').map(({ msg }) => msg))
  assert.ok([...warned].some(msg => /refused 127/.test(msg)))
  for (const msg of warned)
    assert.match(
      msg,
      /refused 127\.0\.0\.1: its key is not in|stopped with records in the spool|may fill its disk/,
    )
}
