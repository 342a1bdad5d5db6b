// A real Elasticsearch: the core build that its makers test with. It has bulk, search, aggregations, index
// templates and data streams, but no `GET /`, scripts, ingest processors, ILM, delete-by-query or reindex,
// and not the field types match_only_text, wildcard and scaled_float.
import { copyFile, mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { javaHome, maven } from './java.ts'
import { launchNode, nodeSettings } from './node.ts'
import { temporaryDirectory } from './process.ts'
import { installed, isRoot, locked, run, type Server, shared } from './support.ts'

export type ElasticsearchVersion = '8.19.0' | '9.2.0'

/** With any of them the server is one of our own, even where a shared one is named in the environment. */
export interface ElasticsearchOptions {
  /** To come back where an earlier one was; by default any free port. */
  port?: number
  /** A folder that outlives stop(), for a store that restarts; made when it is not there. */
  data?: string
  /** Flags of the server's JVM; a benchmark wants others than the default, which is for a fast start. */
  java?: string[]
}

const versions = {
  '8.19.0': { oldestJava: 17, newestJava: 24, variable: 'SLUICE_TEST_ES8' },
  '9.2.0': { oldestJava: 21, newestJava: 25, variable: 'SLUICE_TEST_ES9' },
}

/** Elasticsearch refuses to run as root. */
const user = 'sluice-test'

// Measured: up in 6 s instead of 9, with 340 MB instead of 720, since nothing touches the whole heap.
const fastStart = [
  '-Xms512m',
  '-Xmx512m',
  '-XX:+UseSerialGC',
  '-XX:TieredStopAtLevel=1',
  '-XX:-AlwaysPreTouch',
]

/** Puts the program into the cache when it is not there; resolves to its folder and that of its Java. */
export async function installElasticsearch(
  version: ElasticsearchVersion,
): Promise<{ home: string; java: string }> {
  const { oldestJava, newestJava } = versions[version]
  const artifact = `org.elasticsearch.distribution.integ-test-zip:elasticsearch:${version}:zip`
  const java = await javaHome(oldestJava, newestJava)
  const directory = await installed(`elasticsearch-${version}`, async directory => {
    await maven('unpack', directory, { artifact, outputDirectory: directory })
    await run('chmod', ['-R', 'a+rX', directory])
  })
  return { home: join(directory, `elasticsearch-${version}`), java }
}

/** Starts a single node without security on loopback, with its own data, and waits for its health. */
export async function startElasticsearch(
  version: ElasticsearchVersion,
  options: ElasticsearchOptions = {},
): Promise<Server> {
  const other = Object.keys(options).length === 0 ? shared(versions[version].variable) : undefined
  if (other) return other
  const { home, java } = await installElasticsearch(version)
  if (isRoot) await prepareUser(home)
  const directory = await temporaryDirectory(`elasticsearch-${version}`)
  await configure(home, directory, options)
  if (isRoot) await run('chown', ['-R', `${user}:`, directory, options.data ?? directory])
  return await launchNode(join(directory, 'logs'), {
    name: `Elasticsearch ${version}`,
    command: join(home, 'bin', 'elasticsearch'),
    args: [],
    env: {
      ES_JAVA_HOME: java,
      ES_JAVA_OPTS: '',
      CLI_JAVA_OPTS: '-XX:TieredStopAtLevel=1',
      ES_PATH_CONF: join(directory, 'config'),
      ES_TMPDIR: join(directory, 'tmp'),
    },
    user: isRoot ? user : undefined,
    directory,
  })
}

async function configure(home: string, directory: string, options: ElasticsearchOptions): Promise<void> {
  const data = options.data ?? join(directory, 'data')
  const config = join(directory, 'config')
  // Its temporary files need a folder of their own, since what lies below that may not be its configuration.
  const folders = [join(config, 'jvm.options.d'), join(directory, 'logs'), join(directory, 'tmp')]
  for (const folder of [data, ...folders]) await mkdir(folder, { recursive: true })
  const settings = {
    ...nodeSettings(options.port ?? 0),
    'discovery.type': 'single-node',
    'xpack.security.enabled': 'false',
    'path.data': data,
    'path.logs': join(directory, 'logs'),
  }
  const lines = Object.entries(settings).map(([name, value]) => `${name}: ${value}\n`)
  await writeFile(join(config, 'elasticsearch.yml'), lines.join(''))
  // biome-ignore lint/suspicious/noTemplateCurlyInString: Elasticsearch replaces it
  const jvm = ['-Djava.io.tmpdir=${ES_TMPDIR}', ...(options.java ?? fastStart)]
  await writeFile(join(config, 'jvm.options'), jvm.map(flag => `${flag}\n`).join(''))
  await copyFile(join(home, 'config', 'log4j2.properties'), join(config, 'log4j2.properties'))
}

async function prepareUser(home: string): Promise<void> {
  await locked('user', async () => {
    const known = await run('id', [user]).catch(() => '')
    if (!known) await run('useradd', ['--system', '--user-group', '--shell', '/usr/sbin/nologin', user])
  })
  const as = ['--reuid', user, '--regid', user, '--clear-groups']
  const seen = run('setpriv', [...as, 'test', '-x', join(home, 'bin', 'elasticsearch')])
  await seen.catch(cause => {
    const remedy = 'set SLUICE_CACHE to a folder that everybody can enter'
    throw new Error(`the user ${user} cannot read ${home}: ${remedy}`, { cause })
  })
}
