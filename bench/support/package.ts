// The package as it is published, built of this checkout in a folder of this run and unpacked there.
import { execFileSync } from 'node:child_process'
import { cpSync, existsSync, mkdirSync, readFileSync, symlinkSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { root, temporary } from './folder.ts'

let unpacked: string | undefined

/**
 * The folder of the unpacked package. Dependencies, and the Node that runs it, are those of the checkout: what is
 * measured is what is in the package.
 */
export function packageFolder(): string {
  unpacked ??= build()
  return unpacked
}

function build(): string {
  // In a copy: `npm pack` builds dist, which in the checkout may be somebody else's.
  const copy = temporary('source')
  mkdirSync(copy)
  for (const part of [
    'package.json',
    'bin',
    'src',
    'docs',
    'scripts',
    'systemd',
    'tsconfig.json',
    'tsconfig.build.json',
  ]) {
    if (existsSync(join(root, part)))
      cpSync(join(root, part), join(copy, part), { recursive: true, verbatimSymlinks: true })
  }
  const modules = join(root, 'node_modules')
  symlinkSync(modules, join(copy, 'node_modules'))
  // The PATH's npm may belong to an older Node; the scripts it runs find ours.
  const env = { ...process.env, PATH: `${dirname(process.execPath)}:${process.env.PATH}` }
  execFileSync('npm', ['pack', '--silent', '--pack-destination', temporary('')], {
    cwd: copy,
    env,
    stdio: 'pipe',
  })
  execFileSync('sh', ['-c', 'tar -xzf sluice-*.tgz'], { cwd: temporary('') })
  const folder = temporary('package')
  symlinkSync(modules, join(folder, 'node_modules'))
  // As npm links them when it installs the package.
  const { bin } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as {
    bin: { [name: string]: string }
  }
  for (const [name, path] of Object.entries(bin)) {
    if (`bin/${name}` !== path) symlinkSync(join(folder, path), join(folder, 'bin', name))
  }
  return folder
}
