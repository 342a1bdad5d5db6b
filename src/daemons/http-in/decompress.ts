import type { Transform } from 'node:stream'
import {
  constants,
  createBrotliDecompress,
  createGunzip,
  createInflate,
  createZstdDecompress,
} from 'node:zlib'
import type { Coding } from '../../lib/serve/content.ts'

/** As much at a time as a socket gives. */
const chunkSize = 64 * 1024

/** RFC 8878 section 3.1.1.1.2 asks for 8 MiB; what wants more memory for its window is refused. */
const ZSTD_WINDOW_LOG = 23

/** Its `bytesWritten` are those that were a part of what it has decompressed. */
export type Decompressor = Transform & { readonly bytesWritten: number }

/** What takes a compression off. It decompresses as fast as it is read. */
export function createDecompressor(coding: Coding): Decompressor {
  switch (coding) {
    case 'gzip':
      return createGunzip({ chunkSize })
    case 'deflate':
      return createInflate({ chunkSize })
    case 'br':
      return createBrotliDecompress({ chunkSize })
    case 'zstd':
      return createZstdDecompress({
        chunkSize,
        params: { [constants.ZSTD_d_windowLogMax]: ZSTD_WINDOW_LOG },
      })
  }
}
