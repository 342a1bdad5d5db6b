import { type AccountToken, readAccountTokens } from './credentials.ts'
import { digest, isSame } from './token.ts'

/** The tokens of accounts, in a file of lines `TOKEN ACCOUNT`: who brings one sees what is of its account. */
export class AccountTokens {
  readonly file: string
  readonly #flag: string
  #all: readonly (AccountToken & { digest: Buffer })[] = []
  #accounts: ReadonlyMap<string, string> = new Map()

  /** Throws Misuse for a file that will not do. */
  constructor(flag: string, file: string) {
    this.#flag = flag
    this.file = file
    this.read()
  }

  /** Reads the file again. Throws Misuse, and keeps the old ones, when it will not do. */
  read(): void {
    const all = readAccountTokens(this.#flag, this.file)
    this.#all = all.map(one => ({ ...one, digest: digest(one.token) }))
    this.#accounts = new Map(all.map(({ token, account }) => [token, account]))
  }

  /** The one that was given. All of them are looked at, so that the time says nothing. */
  find(given: string): AccountToken | undefined {
    const wanted = digest(given)
    let found: AccountToken | undefined
    for (const one of this.#all) if (isSame(one.digest, wanted)) found = one
    return found
  }

  /** Whether it is still one of them. */
  has({ token, account }: AccountToken): boolean {
    return this.#accounts.get(token) === account
  }

  of(account: string): readonly AccountToken[] {
    return this.#all.filter(one => one.account === account)
  }
}
