// Runs one of the test servers until Ctrl-C, or installs all that tests need:
//   node test/servers/main.ts elasticsearch [8.19.0|9.2.0]
//   node test/servers/main.ts opensearch
//   node test/servers/main.ts redis
//   node test/servers/main.ts install all
import { once } from 'node:events'
import { installChromium } from './chromium.ts'
import { installElasticsearch, startElasticsearch } from './elasticsearch.ts'
import { installJournalRemote } from './journal.ts'
import { installMachine } from './machine.ts'
import { installOpenSearch, startOpenSearch } from './opensearch.ts'
import { pythonWithZmq } from './python.ts'
import { installRedis, startRedis } from './redis.ts'
import { installRsyslog } from './rsyslog.ts'
import { cacheDirectory, type Server } from './support.ts'
import { installTmux } from './tmux.ts'
import { installWrk } from './wrk.ts'

const servers: Record<string, { variable: string; start: () => Promise<Server> }> = {
  'elasticsearch 8.19.0': { variable: 'SLUICE_TEST_ES8', start: () => startElasticsearch('8.19.0') },
  'elasticsearch 9.2.0': { variable: 'SLUICE_TEST_ES9', start: () => startElasticsearch('9.2.0') },
  opensearch: { variable: 'SLUICE_TEST_OPENSEARCH', start: startOpenSearch },
  redis: { variable: 'SLUICE_TEST_REDIS', start: () => startRedis() },
}

const parts: Record<string, () => Promise<unknown>> = {
  'elasticsearch 8.19.0': () => installElasticsearch('8.19.0'),
  'elasticsearch 9.2.0': () => installElasticsearch('9.2.0'),
  opensearch: installOpenSearch,
  redis: installRedis,
  rsyslog: installRsyslog,
  'python with pyzmq': pythonWithZmq,
  'systemd-journal-remote': installJournalRemote,
  'a Debian with systemd': installMachine,
  chromium: installChromium,
  tmux: installTmux,
  wrk: installWrk,
}

await main(process.argv.slice(2).join(' '))

async function main(wanted: string): Promise<void> {
  const server = servers[wanted === 'elasticsearch' ? 'elasticsearch 8.19.0' : wanted]
  if (server) return await serve(server)
  if (wanted === 'install all') return await installAll()
  console.error(`say one of: ${[...Object.keys(servers), 'install all'].join(', ')}`)
  process.exitCode = 64
}

async function serve({ variable, start }: { variable: string; start: () => Promise<Server> }): Promise<void> {
  const { url, stop } = await start()
  console.log(url)
  console.error(`until Ctrl-C; tests use it with: export ${variable}=${url}`)
  // Neither a signal handler nor the server keeps this process alive.
  const alive = setInterval(() => {}, 60_000)
  await Promise.race([once(process, 'SIGINT'), once(process, 'SIGTERM')])
  clearInterval(alive)
  await stop()
}

async function installAll(): Promise<void> {
  console.log(`into ${cacheDirectory()}`)
  const outcomes = await Promise.all(Object.entries(parts).map(([name, install]) => timed(name, install)))
  if (outcomes.includes(false)) process.exitCode = 1
}

async function timed(name: string, install: () => Promise<unknown>): Promise<boolean> {
  const begin = performance.now()
  const report = (outcome: string) =>
    console.log(`${((performance.now() - begin) / 1000).toFixed(1).padStart(6)} s  ${name}${outcome}`)
  try {
    await install()
    report('')
    return true
  } catch (error) {
    report(`: ${error instanceof Error ? error.message : error}`)
    return false
  }
}
