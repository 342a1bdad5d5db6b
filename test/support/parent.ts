// A process with children, to be killed: it starts commands until then, and says the process id of each.
import { startChild } from '../../src/lib/children/index.ts'

const [count = '1', ...command] = process.argv.slice(2)
const start = () =>
  startChild({ command, environment: process.env, stdin: 'ignore', stdout: 'pipe' }).then(child => {
    process.stdout.write(`${child.pid}\n`)
    child.stdout.pipe(process.stdout, { end: false })
  })

for (let n = 0; n < Number(count); n++) await start()
process.stdout.write('all\n')
setInterval(() => {}, 1000)
