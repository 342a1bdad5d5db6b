/** What is read of which journals: the words of journalctl(1), and in its sense. */
export interface Selection {
  unit: readonly string[]
  identifier: readonly string[]
  priority: string | undefined
  match: readonly string[]
  directory: string | undefined
  file: readonly string[]
  /** Of all machines whose journals are here, not of this one alone. */
  merge: boolean
  /** Of this machine; undefined where it has none. */
  machine: string | undefined
}

/** The words of what is selected. */
function selecting(selection: Selection): string[] {
  const { unit, identifier, priority, match, directory, file, merge, machine } = selection
  const own = !merge && directory === undefined && file.length === 0 && machine !== undefined
  return [
    ...unit.map(name => `--unit=${name}`),
    ...identifier.map(name => `--identifier=${name}`),
    ...(priority === undefined ? [] : [`--priority=${priority}`]),
    ...(directory === undefined ? [] : [`--directory=${directory}`]),
    ...file.map(path => `--file=${path}`),
    ...(own ? [`_MACHINE_ID=${machine}`] : []),
    ...match,
  ]
}

// Without --all a long field is null. Without --merge, --follow shows nothing of earlier boots (systemd 250 and later), not
// even with --boot=all (252); with it, this machine has to be asked for.
const ALWAYS = ['--output=json', '--all', '--no-pager', '--merge']

/**
 * The words that have journalctl write entries, from the one at the cursor on, or from the first. Not --after-cursor: with it the
 * first entry is left out also where it is another one, because that at the cursor is gone (before systemd 255), or is not
 * selected.
 */
export function readingArguments(
  selection: Selection,
  { cursor, boot, once }: { cursor: string | undefined; boot: string | undefined; once: boolean },
): string[] {
  return [
    ...ALWAYS,
    ...(once ? [] : ['--follow', '--no-tail']),
    ...(cursor === undefined ? [] : [`--cursor=${cursor}`]),
    ...selecting(selection),
    ...(cursor === undefined && boot !== undefined ? [`_BOOT_ID=${boot}`] : []),
  ]
}

/** The words that have it write where the last entry is: the cursor comes always, and of the fields one that is short. */
export function lastEntryArguments(selection: Selection): string[] {
  return [...ALWAYS, '--lines=1', '--output-fields=_BOOT_ID', ...selecting(selection)]
}

/** `FIELD=VALUE`, as in systemd.journal-fields(7). */
export function checkMatch(written: string): void {
  if (!/^[A-Z_][A-Z0-9_]*=/.test(written))
    throw new RangeError(`"${written}" is not FIELD=VALUE; write for example _TRANSPORT=kernel`)
}

const LEVELS = ['emerg', 'alert', 'crit', 'err', 'warning', 'notice', 'info', 'debug']

/** A level of syslog by its name or its number, or a range of them, as in journalctl(1). */
export function checkPriority(written: string | undefined): void {
  for (const level of written?.split('..', 2) ?? [])
    if (!LEVELS.includes(level) && !/^[0-7]$/.test(level))
      throw new RangeError(`"${level}" is none of ${LEVELS.join(', ')}, 0 to 7; a range is err..alert`)
}
