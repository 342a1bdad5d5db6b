// What runs on customers' pages: it tells of each view of a page, and of what the page wants to tell. As it is served it has less than
// 1 KiB, it never throws, and it stores one id, for thirteen months at most. (All is in one block: nothing but `sluice` is to be
// seen outside.)

/** Set when it is built: whoever asks not to be tracked gets no id. */
declare const HONOURED: boolean

type Send = (type?: string, data?: object) => void

interface Outside {
  document: Document & { prerendering?: boolean }
  navigator: Navigator & { globalPrivacyControl?: boolean; doNotTrack?: string | null }
  /** Each tag that was run, by what it says. */
  history: History & { [tag: string]: unknown }
  /** What the page calls. Before this was there, `q` may hold what it wanted to tell: lists of arguments. */
  sluice?: Send & { q?: Parameters<Send>[] }
}

/** What customers paste. */
interface Tag {
  src: string
  dataset: { app: string; account: string }
}

try {
  /** Thirteen months, in milliseconds. */
  const lifetime = 34e9
  const { document, navigator, history, sluice: early } = window as unknown as Outside
  const {
    src,
    dataset: { app, account },
  } = document.currentScript as unknown as Tag
  const tag = src + app + account
  // It is there twice: everything would be counted twice.
  if (history[tag]) throw 0
  history[tag] = 1
  const json = JSON.stringify
  const encode = encodeURIComponent
  // Whoever gets it makes a text of it.
  const at = (path: string) => new URL(path, src) as unknown as string
  let { referrer } = document
  let page: string | undefined

  /** A number: milliseconds when it was made, and a random fraction. */
  const visitor = () => {
    if (HONOURED && (navigator.globalPrivacyControl || +navigator.doNotTrack!)) return
    // Where nothing may be stored there is none.
    try {
      const kept = localStorage
      const now = Date.now()
      if (!(+kept.sluice + lifetime > now)) kept.sluice = now + `${Math.random()}`.slice(1)
      return kept.sluice
    } catch {}
  }

  const send: Send = (type = 'pageview', own) => {
    try {
      const data = {
        ...own,
        account,
        page,
        referrer,
        screen: `${screen.width}x${screen.height}`,
        tz: Intl.DateTimeFormat().resolvedOptions().timeZone,
        visitor: visitor(),
      }
      // A text is text/plain, for which no browser asks first whether it may.
      if (!navigator.sendBeacon?.(at('e'), json({ type, app, data })))
        new Image().src = at(`r/${[app, account, type].map(encode).join('/')}?d=${encode(json(data))}`)
    } catch {}
  }

  const view = () => {
    // A part of the page is no page, but for the routes of applications: `#/cart`, `#!/cart`.
    const now = location.href.replace(/#(?!!?\/).*/, '')
    if (now === page) return
    referrer = page || referrer
    page = now
    send()
  }

  const { pushState } = history
  history.pushState = (...given) => {
    pushState.apply(history, given)
    view()
  }
  addEventListener('popstate', view)
  // It came back out of the browser's memory.
  addEventListener('pageshow', event => event.persisted && send())
  if (document.prerendering) document.addEventListener('prerenderingchange', view)
  else view()
  ;(window as unknown as Outside).sluice = send
  early?.q?.map(given => send(...given))
} catch {}
