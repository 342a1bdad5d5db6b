// Writes numbered lines to a file for as long as it lives: node writer.ts FILE. At SIGHUP it opens the file anew, as daemons do.
import { openSync, writeSync } from 'node:fs'

const [, , path = ''] = process.argv
let fd = openSync(path, 'a')
process.on('SIGHUP', () => {
  fd = openSync(path, 'a')
})
let number = 0
setInterval(() => {
  for (let n = 0; n < 20; n++) writeSync(fd, `number ${number++} ${'.'.repeat(60)}\n`)
}, 2)
