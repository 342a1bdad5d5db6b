import type { Usage } from '../../lib/cli.ts'
import type { Daemon } from '../../lib/daemon.ts'
import { choice, flag, type Options, text } from '../../lib/options.ts'
import { processOptions } from '../../lib/process/options.ts'
import { optionsOf } from '../../lib/stage/options.ts'
import { version } from '../../lib/version.ts'

// The command lines of `sluice service`, as values.

export const summary = 'Run daemons as services of this host, each with no more rights than it needs'

const dryRun = flag('Show what would be written and run, and change nothing')
const now = flag('Start it, or start it again where it has changed')

export const installOptions = {
  now,
  dryRun,
  system: choice('What starts services here', ['auto', 'systemd', 'sysv'], 'auto'),
}

export const planOptions = {
  name: text('Name of the chain, with which the names of its services begin', 'chain', 'name'),
  install: flag('Write the units and enable them; without it they are shown'),
  now,
  dryRun,
}

export const uninstallOptions = {
  purge: flag('Delete what the daemon has kept as well: spool, place, dead letters, the store'),
  dryRun,
}

const base = { version, environment: false }
const nameArgument = { name: '[name...]', help: 'as at install; of a chain, that of the plan' }

export const usages = {
  service: {
    ...base,
    command: 'sluice service',
    summary:
      `${summary}.\n\n` +
      'install: Make a service of a daemon, with its flags.\n' +
      'plan: Make a service of each stage of a chain, and choose the links between them.\n' +
      'start, stop, restart: As they say. Sockets stay open over a restart.\n' +
      'status: Say how services do.\n' +
      'logs: Show what services have logged.\n' +
      'uninstall: Stop services, and take away all that install has written.\n\n' +
      'Each has its own --help. What changes something is for root.',
    groups: {},
    argument: { name: '<action>', help: 'one of those; then its words' },
    examples: [
      'sudo sluice service install store --now',
      'sudo sluice service install syslog-json --now',
      'sudo sluice service install syslog-udp --listen :514 --now',
      'sluice service status',
      'sudo sluice service logs syslog-udp -f',
      'sudo sluice service uninstall syslog-udp',
      '# or all of it at once; first only to look at it',
      "sluice service plan 'syslog-udp --listen :514 | syslog-json | store'",
      "sudo sluice service plan --now \\\n    'syslog-udp --listen :514 | syslog-json | store'",
    ],
  },
  plan: {
    ...base,
    command: 'sluice service plan',
    summary: 'Make a service of each stage of a chain, and choose the links between them.',
    groups: { Options: planOptions },
    argument: {
      name: '<chain>',
      help: 'as for sluice run; syslog-json*4 is four services',
      tooMany: "the chain is one word: write quotes around it, as in 'syslog-udp | syslog-json | store'",
    },
    examples: [
      "sluice service plan 'syslog-udp --listen :514 | syslog-json | store'",
      "sudo sluice service plan --name edge --install --now \\\n    'syslog-tcp --listen :601 | syslog-json*2 | elasticsearch'",
    ],
  },
  uninstall: {
    ...base,
    command: 'sluice service uninstall',
    summary: 'Stop services, and take away all that install has written.',
    groups: { Options: uninstallOptions },
    argument: nameArgument,
    examples: [
      'sudo sluice service uninstall syslog-udp store',
      '# all of a chain, with what it has kept',
      'sudo sluice service uninstall --purge edge',
    ],
  },
  start: {
    ...base,
    command: 'sluice service start',
    summary: 'Start services.',
    groups: {},
    argument: nameArgument,
  },
  stop: {
    ...base,
    command: 'sluice service stop',
    summary: 'Stop services.',
    groups: {},
    argument: nameArgument,
  },
  restart: {
    ...base,
    command: 'sluice service restart',
    summary: 'Stop services and start them again.',
    groups: {},
    argument: nameArgument,
  },
  status: {
    ...base,
    command: 'sluice service status',
    summary: 'Say how services do; without a name, of all that were installed.',
    groups: {},
    argument: nameArgument,
  },
  logs: {
    ...base,
    command: 'sluice service logs',
    summary: 'Show what services have logged. All behind the name is for journalctl.',
    groups: {},
    argument: nameArgument,
    examples: ['sudo sluice service logs syslog-udp -f', 'sudo sluice service logs store --since today'],
  },
} satisfies { readonly [action: string]: Usage }

/** Of `install`, whose daemon says what else may be written. */
export function installUsage(word: string, daemon: Daemon | undefined): Usage {
  const { own, links, buffer } = daemon ? optionsOf(daemon) : { own: {}, links: {}, buffer: {} }
  const process: Options = daemon ? processOptions : {}
  const named: Usage['groups'] = {
    Service: installOptions,
    Options: own,
    Links: links,
    Buffer: buffer,
    Process: process,
  }
  return {
    ...base,
    command: `sluice service install ${word}`.trim(),
    summary: daemon
      ? `Make a service of ${word}: ${daemon.summary}.`
      : 'Make a service of a daemon, with its flags. sluice service install DAEMON --help shows them.\n\n' +
        'The same again changes nothing; with other flags it is written anew. --name NAME is for a second one of a daemon.',
    groups: Object.fromEntries(
      Object.entries(named).filter(([, options]) => Object.keys(options).length > 0),
    ),
    ...(!daemon && {
      argument: { name: '<daemon>', help: 'then its flags, and those of the service' },
      examples: [
        'sudo sluice service install store --now',
        'sudo sluice service install syslog-udp --listen :514 --now',
        '# a second one',
        'sudo sluice service install syslog-udp --name lab --listen :1514 --now',
        '# only look',
        'sluice service install relay --push-connect tcp://far:7000 --dry-run',
      ],
    }),
  }
}
