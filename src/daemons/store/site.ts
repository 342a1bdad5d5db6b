import { Hono } from 'hono'
import { pageFolder, serveFolder } from '../../lib/index.ts'
import { type ApiOptions, createApi } from './api.ts'

/** The page and its API. */
export function createSite(options: ApiOptions): Hono {
  const site = new Hono()
  const api = createApi(options)
  site.route('/api/v1', api).route('/api', api)
  serveFolder(site, pageFolder('store'))
  return site
}
