// Those who ask for WebSocket.
import type { IncomingMessage } from 'node:http'
import type { Duplex } from 'node:stream'
import { HTTPException } from 'hono/http-exception'
import type { WebSocket } from 'ws'
import { bodyOf } from '../serve/errors.ts'
import { BadRequest } from '../serve/parameters.ts'
import { refuseUpgrade, type Upgrade } from '../serve/upgrade.ts'
import { welcomeOf } from '../serve/visitor.ts'
import { ChartSocket } from './chart-socket.ts'
import type { Live } from './live.ts'
import { COME_AGAIN, hangUp, type LiveFace } from './mount.ts'
import { readEvents, readRates } from './requests.ts'
import type { Scope } from './selection.ts'
import { createAccept, POLICY, WebSocketClient } from './web-socket.ts'

/** What somebody asks for. */
interface Wish {
  /** Why there is no room for it. */
  refusal: string | undefined
  grant(webSocket: WebSocket, socket: Duplex): void
}

type Read = (live: Live, given: URLSearchParams, scope: Scope | undefined) => Wish

/** By the path. */
const WISHES: ReadonlyMap<string, Read> = new Map([
  ['/events', eventsWish],
  ['/api/v1/rates', ratesWish],
])

/** Returns what takes over connections of those who ask for WebSocket. */
export function liveUpgrade(live: Live, face: Pick<LiveFace, 'scopeOf'>): Upgrade {
  const accept = createAccept()
  const enter = async (request: IncomingMessage, ...[socket, head]: [Duplex, Buffer]) => {
    const { pathname, searchParams } = new URL(request.url ?? '', 'http://here.invalid')
    const read = WISHES.get(pathname)
    if (!read)
      return refuseUpgrade(
        socket,
        404,
        bodyOf(404, `WebSocket is spoken at ${[...WISHES.keys()].join(', ')}`),
      )
    const { refusal, grant } = read(live, searchParams, await face.scopeOf?.(request))
    if (live.isClosing) return hangUp(live, socket)
    if (refusal) {
      live.options.count('clientsRefused')
      return refuseUpgrade(socket, 503, bodyOf(503, refusal), COME_AGAIN)
    }
    accept(request, socket, head, webSocket => {
      const isWelcome = welcomeOf(request)
      const sendAway = () => webSocket.close(POLICY, 'this token is not valid any more')
      if (isWelcome) webSocket.once('close', live.guests.add(isWelcome, sendAway))
      grant(webSocket, socket)
    })
  }
  return (request, socket, head) => {
    enter(request, socket, head).catch(error => {
      if (error instanceof BadRequest) refuseUpgrade(socket, 400, { error: error.details })
      else if (error instanceof HTTPException)
        refuseUpgrade(socket, error.status, bodyOf(error.status, error.message))
      else socket.destroy()
    })
  }
}

function eventsWish(live: Live, given: URLSearchParams, scope: Scope | undefined): Wish {
  const { subscription, start } = readEvents(given, scope)
  return {
    refusal: live.refusalOf(subscription),
    grant(webSocket, socket) {
      const client: WebSocketClient = new WebSocketClient(webSocket, socket, {
        onMissed: n => live.options.count('missed', n),
        onGone: () => live.leave(client),
      })
      live.enter(client, subscription, start)
    },
  }
}

function ratesWish(live: Live, given: URLSearchParams, scope: Scope | undefined): Wish {
  const { selection, by } = readRates(given, live.rates.fields, scope)
  return {
    refusal: live.refusalOfChart(selection, by),
    grant: (webSocket, socket) =>
      live.openChart(onGone => new ChartSocket(webSocket, socket, onGone), selection, by),
  }
}
