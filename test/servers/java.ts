// Finds a Java of the right age, and brings artifacts by Maven.
import { glob, mkdir, rm, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { installPackages } from './debian.ts'
import { locked, run } from './support.ts'

/** JAVA_HOME of the oldest JDK here from `oldest` to `newest`; installs `oldest` when there is none. */
export async function javaHome(oldest: number, newest: number): Promise<string> {
  const found = await find(oldest, newest)
  if (found) return found
  await locked('java', () => installPackages(`openjdk-${oldest}-jdk-headless`))
  const now = await find(oldest, newest)
  if (!now) throw new Error(`no Java from ${oldest} to ${newest} in /usr/lib/jvm`)
  return now
}

async function find(oldest: number, newest: number): Promise<string | undefined> {
  const all: { path: string; version: number }[] = []
  for await (const path of glob('/usr/lib/jvm/*/bin/javac')) all.push({ path, version: await version(path) })
  const fit = all.filter(jdk => jdk.version >= oldest && jdk.version <= newest)
  const best = fit.sort((a, b) => a.version - b.version)[0]
  return best && dirname(dirname(best.path))
}

/** javac and not java: its answer is one plain line, "javac 17.0.15", and only a JDK runs a source file. */
async function version(javac: string): Promise<number> {
  const answer = await run(javac, ['-version']).catch(() => '')
  return Number(/^javac (\d+)/.exec(answer)?.[1] ?? 0)
}

/** Runs a goal of Maven's dependency plugin for `directory`, with a project when the goal needs one. */
export async function maven(
  goal: string,
  directory: string,
  parameters: Record<string, string>,
  project?: string,
): Promise<void> {
  // A repository of its own: two Mavens that fill one at the same time can corrupt it.
  const work = join(directory, 'maven')
  await mkdir(work)
  if (project) await writeFile(join(work, 'pom.xml'), project)
  const settings = { ...parameters, 'maven.repo.local': join(work, 'repository') }
  const flags = Object.entries(settings).map(([name, value]) => `-D${name}=${value}`)
  const plugin = `org.apache.maven.plugins:maven-dependency-plugin:3.8.1:${goal}`
  await run('mvn', ['-B', '-q', '-ntp', plugin, ...flags], { cwd: work })
  await rm(work, { recursive: true })
}
