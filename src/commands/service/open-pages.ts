import { formatHostPort, type HostPort } from '../../lib/host-port.ts'
import type { Service } from '../../lib/service/service.ts'

/** Of services that answer at a port of this host to whoever asks, which is to be known when they are installed. */
export function openPagesOf(services: readonly Pick<Service, 'unit' | 'plan'>[]): string[] {
  return services.flatMap(({ unit, plan }) => {
    const { http, httpTokenFile, tlsClientCa } = plan.own as {
      http?: Partial<HostPort>
      httpTokenFile?: string
      tlsClientCa?: string
    }
    // What systemd hands over has no port here; without a token, what others can reach is refused.
    if (http?.port === undefined || httpTokenFile || tlsClientCa) return []
    const where = formatHostPort(http.host ?? '*', http.port)
    return [
      `${unit.name.replace('sluice-', '')} answers every user of this host at ${where}; --http-token-file FILE keeps them out`,
    ]
  })
}
