import { checked, type Option, path, repeatable, text } from '../../lib/index.ts'
import { type FromSystemd, parseListenAddress } from '../../lib/systemd/listen-address.ts'
import { checkUnixPath } from '../../lib/unix/address.ts'

/** A path, or `@name` of the abstract namespace, any number of times. */
export function sockets(help: string): Option<string[]> {
  return repeatable(
    checked(path(help, 'write'), written => {
      if (written !== undefined) checkUnixPath(written)
    }),
  )
}

/** `systemd` or `systemd:NAME`, any number of times. */
export function handedOver(help: string): Option<FromSystemd[]> {
  const parse = (texts: readonly string[]) =>
    texts.map(given => {
      if (!/^systemd(:|$)/.test(given))
        throw new RangeError(
          `"${given}" is not systemd or systemd:NAME; for a path, write --datagram or --stream`,
        )
      return parseListenAddress(given) as FromSystemd
    })
  return { ...repeatable(text(help, undefined, 'systemd')), parse }
}

/** As chmod(1) says, in octal. */
export function fileMode(help: string, written: string): Option<number> {
  const parse = (texts: readonly string[]) => {
    const given = texts.at(-1)!
    if (/^0?[0-7]{3}$/.test(given)) return Number.parseInt(given, 8)
    throw new RangeError(`"${given}" is not a mode; write for example 0660`)
  }
  return { ...text(help, written, 'mode'), parse }
}
