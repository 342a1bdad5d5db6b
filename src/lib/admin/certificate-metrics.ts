import type { CertificateView } from '../tls/certificates.ts'
import type { Described, Metric } from './metric.ts'

/** Of a stage, or of the admin face, whose have no label `stage`. */
export const CERTIFICATE_METRICS: readonly (Described & {
  read(view: CertificateView): Metric['samples']
})[] = [
  {
    name: 'sluice_certificate_expires_timestamp_seconds',
    help: 'When the certificate, authority or list of revoked ones in the file of this option runs out, seconds since 1970',
    type: 'gauge',
    read: ({ expiries }) =>
      expiries.map(({ flag, file, until }) => ({ labels: { flag, file }, value: until / 1000 })),
  },
  {
    name: 'sluice_certificate_reloads_failed_total',
    help: 'Times that certificates were to be read again, and would not do: those before stayed',
    type: 'counter',
    read: ({ flag, failedReloads }) => [{ labels: { flag }, value: failedReloads }],
  },
]
